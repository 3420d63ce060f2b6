using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace OptiInfra.EventStore;

/// <inheritdoc cref="IDocumentStore"/>
public sealed class DocumentStore : IDocumentStore
{
    const int PreparedStatements = 100;
    const int KeepAliveSeconds = 5;
    const int BufferBytes = 32 * 1024;

    // a transaction whose client hangs or vanished must not hold the floor or a lock for ever; what the caller sets comes later and wins
    static readonly string[] ServerSettings =
    [
        "-c idle_in_transaction_session_timeout=60000",
        "-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3",
    ];

    readonly LeadershipConnection leadership;
    readonly string dedicatedConnectionString;

    DocumentStore(StoreOptions options)
    {
        options.Validate();
        Options = options;
        foreach (var documentType in options.Projections.All.SelectMany(p => p.Projection.DocumentTypes))
            options.Schema.Include(documentType);
        var connection = new NpgsqlConnectionStringBuilder(options.ConnectionString);
        connection.Options = string.Join(' ', ServerSettings.Append(connection.Options).Where(o => !string.IsNullOrEmpty(o)));
        dedicatedConnectionString = new NpgsqlConnectionStringBuilder(connection.ConnectionString)
        {
            Pooling = false,
            // notices a dead network within seconds on this side too
            TcpKeepAlive = true,
            TcpKeepAliveTime = KeepAliveSeconds,
            TcpKeepAliveInterval = 1,
        }.ConnectionString;
        // sessions here leave nothing behind but an ended transaction; the reset would be three statements more per append
        connection.NoResetOnClose = true;
        if (connection.MaxAutoPrepare == 0)
            (connection.MaxAutoPrepare, connection.AutoPrepareMinUsages) = (PreparedStatements, 2);
        // pages of events and groups of saves in a few pieces: each piece is a system call and a change of threads
        connection.ReadBufferSize = Math.Max(connection.ReadBufferSize, BufferBytes);
        connection.WriteBufferSize = Math.Max(connection.WriteBufferSize, BufferBytes);
        var builder = new NpgsqlDataSourceBuilder(connection.ConnectionString);
        if (options.LoggerFactory is not null)
            builder.UseLoggerFactory(options.LoggerFactory);
        DataSource = builder.Build();
        options.Events.MapEventType<CheckpointTaken>(CheckpointTaken.EventTypeName).MapEventType<CheckpointHeads>(CheckpointHeads.EventTypeName);
        Tables = new ProjectionTables(this);
        Snapshots = new Snapshots(this);
        Codec = new EventCodec(options.Events, options.Serializer);
        Signal = new LogSignal(this);
        EventLog = new EventLog(this);
        Progression = new EventProgression(this);
        InlineProjections = new InlineProjections(this);
        GroupCommit = new GroupCommit(this, connection);
        leadership = new LeadershipConnection(this);
    }

    /// <summary>A store with these settings, which must not change afterwards.</summary>
    /// <exception cref="InvalidOperationException">A setting cannot work; the message says which.</exception>
    public static DocumentStore For(Action<StoreOptions> configure)
    {
        var options = new StoreOptions();
        configure(options);
        return new DocumentStore(options);
    }

    internal static DocumentStore For(StoreOptions options) => new(options);

    public StoreOptions Options { get; }
    public IEventLog Log => EventLog;
    public IEventProgression Progression { get; }

    public NpgsqlDataSource DataSource { get; }
    internal ProjectionTables Tables { get; }
    internal ProjectionBell Bell { get; } = new();
    internal Snapshots Snapshots { get; }
    internal EventCodec Codec { get; }
    internal EventLog EventLog { get; }
    internal LogSignal Signal { get; }
    internal InlineProjections InlineProjections { get; }
    internal GroupCommit GroupCommit { get; }

    public IQuerySession QuerySession(string? tenantId = null) => new QuerySession(new UnitOfWork(this), tenantId ?? SessionOptions.DefaultTenant);

    public IDocumentSession LightweightSession(SessionOptions? options = null) => new DocumentSession(new UnitOfWork(this), options ?? new SessionOptions());

    public async Task ApplyAllConfiguredChangesToDatabaseAsync(CancellationToken cancellationToken = default)
    {
        var retry = new Backoff();
        while (true)
        {
            try
            {
                await new SchemaUpdate(Options).ApplyAsync(cancellationToken);
                return;
            }
            catch (Exception e) when (PostgresErrors.IsConnectionLoss(e))
            {
                Logger<DocumentStore>().LogWarning("The schema cannot be applied yet ({Reason}); trying again in {Delay}.", e.Message, retry.Delay);
            }
            await retry.WaitAsync(cancellationToken);
        }
    }

    public async Task WaitUntilReadyAsync(Action<string> report, CancellationToken cancellationToken = default)
    {
        var at = new NpgsqlConnectionStringBuilder(Options.ConnectionString);
        var retry = new Backoff();
        var told = "";
        while (true)
        {
            try
            {
                await using var command = DataSource.CreateCommand("select 1");
                await command.ExecuteNonQueryAsync(cancellationToken);
                return;
            }
            catch (Exception e) when (PostgresErrors.IsConnectionLoss(e))
            {
                var reason = $"Waiting for PostgreSQL at {at.Host}:{at.Port}: {e.Message}";
                if (reason != told)
                    report(told = reason);
            }
            await retry.WaitAsync(cancellationToken);
        }
    }

    public IProjectionDaemon BuildProjectionDaemon() => new ProjectionDaemon(this);

    public Task<IReadOnlyList<ProjectionStatus>> AllProjectionProgressAsync(CancellationToken cancellationToken = default)
        => new ProjectionStatusQuery(this).RunAsync(cancellationToken);

    public Task<IReadOnlyList<SkippedEvent>> SkippedEventsAsync(string? projection = null, CancellationToken cancellationToken = default)
        => new ProjectionStatusQuery(this).SkippedAsync(projection, cancellationToken);

    public Task<VerificationReport> VerifyAsync(IProgress<VerificationProgress>? progress = null, CancellationToken cancellationToken = default)
        => VerifyAsync(CheckpointTrust.None, progress, cancellationToken);

    public Task<VerificationReport> VerifyAsync(CheckpointTrust trust, IProgress<VerificationProgress>? progress = null, CancellationToken cancellationToken = default)
        => new ChainVerification(this, trust).VerifyAsync(progress, cancellationToken);

    public Task<VerificationReport> VerifyStreamAsync(Guid streamId, CancellationToken cancellationToken = default)
        => VerifyStreamAsync(streamId, CheckpointTrust.None, cancellationToken);

    public Task<VerificationReport> VerifyStreamAsync(Guid streamId, CheckpointTrust trust, CancellationToken cancellationToken = default)
        => new ChainVerification(this, trust).VerifyStreamAsync(streamId, cancellationToken);

    public Task<Checkpoint?> TakeCheckpointAsync(CheckpointKey key, string actor, CancellationToken cancellationToken = default)
        => new CheckpointTaking(this, key, actor).TakeAsync(cancellationToken);

    public async Task<Checkpoint?> NewestCheckpointAsync(CancellationToken cancellationToken = default)
    {
        await using var connection = await DataSource.OpenConnectionAsync(cancellationToken);
        return await CheckpointTaking.NewestAsync(this, connection, cancellationToken);
    }

    public Task<TransferReport> ExportAsync(Stream destination, Guid? streamId = null, bool withDocuments = true, CancellationToken cancellationToken = default)
        => new EventExport(this).WriteAsync(destination, streamId, withDocuments, cancellationToken);

    public Task<TransferReport> ImportAsync(Stream source, CancellationToken cancellationToken = default)
        => new EventImport(this).ReadAsync(source, cancellationToken);

    public Task<ILeadership> AcquireLeadershipAsync(string name, CancellationToken cancellationToken = default) => leadership.AcquireAsync(name, cancellationToken);

    internal ILogger Logger<T>() => Options.LoggerFactory?.CreateLogger<T>() ?? NullLogger<T>.Instance;

    /// <summary>A connection of the caller's own, outside the pool: its session ends with it.</summary>
    internal async Task<NpgsqlConnection> OpenDedicatedConnectionAsync(CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection(dedicatedConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Snapshots.DisposeAsync();
        await Signal.DisposeAsync();
        await leadership.DisposeAsync();
        await GroupCommit.DisposeAsync();
        await EventLog.DisposeAsync();
        await DataSource.DisposeAsync();
    }
}
