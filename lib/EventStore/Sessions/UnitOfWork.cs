using System.Data;
using Npgsql;

namespace OptiInfra.EventStore;

/// <summary>
/// What the sessions of one unit of work share: the transaction, what is queued, and the streams with events to append.
/// </summary>
sealed class UnitOfWork(DocumentStore store) : IAsyncDisposable
{
    static readonly TimeSpan RollbackBound = TimeSpan.FromSeconds(5);

    readonly List<ISessionOperation> queued = [];
    readonly List<PendingStream> streams = [];
    readonly List<Action> committed = [];
    NpgsqlConnection? transaction;
    DateTimeOffset? instant;

    public DocumentStore Store => store;

    public bool HasPendingChanges => transaction is not null || queued.Count > 0 || HasAppends;

    /// <summary>Nothing else would be saved, and nothing has been sent.</summary>
    public bool HasOnly(ISessionOperation operation) => transaction is null && queued is [var only] && ReferenceEquals(only, operation) && !HasAppends;

    bool HasAppends => streams.Exists(s => s.Events.Count > 0);

    /// <summary>One instant for all events of the unit.</summary>
    public DateTimeOffset Instant => instant ??= EventContent.Truncate(store.Options.TimeProvider.GetUtcNow());

    public IReadOnlyList<PendingStream> Streams => streams;

    public void Queue(ISessionOperation operation) => queued.Add(operation);

    public ISessionOperation? LastQueued => queued.Count == 0 ? null : queued[^1];

    public void OnCommitted(Action callback) => committed.Add(callback);

    public PendingStream? FindStream(Guid id) => streams.Find(s => s.Id == id);

    public void Add(PendingStream stream) => streams.Add(stream);

    /// <summary>Which table stands behind a name; a projection's unit writes its own version's, or those of a rebuild.</summary>
    public Func<string, string> TableOf { get; set; } = store.Tables.ToRead;

    /// <summary>Documents that a rebuild, their only writer, keeps from page to page.</summary>
    public DocumentCache? Cache { get; init; }

    /// <summary>Documents are loaded to be changed in this transaction: nobody else may change them until it ends.</summary>
    public bool LocksDocuments { get; set; }

    /// <summary>Reads in the open transaction, else on a connection of its own.</summary>
    public async Task<T> ReadAsync<T>(Action<NpgsqlBatch> configure, Func<NpgsqlDataReader, Task<T>> read, CancellationToken cancellationToken)
    {
        var connection = transaction ?? await store.DataSource.OpenConnectionAsync(cancellationToken);
        try
        {
            await using var batch = connection.CreateBatch();
            configure(batch);
            await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
            return await read(reader);
        }
        finally
        {
            if (connection != transaction)
                await connection.DisposeAsync();
        }
    }

    /// <summary>Reads with one command.</summary>
    public Task<T> ReadAsync<T>(string sql, IEnumerable<NpgsqlParameter> parameters, Func<NpgsqlDataReader, Task<T>> read, CancellationToken cancellationToken)
        => ReadAsync(
            batch =>
            {
                var command = new NpgsqlBatchCommand(sql);
                foreach (var parameter in parameters)
                    command.Parameters.Add(parameter);
                batch.BatchCommands.Add(command);
            },
            read,
            cancellationToken);

    /// <summary>Sends what is queued, in the transaction, without committing.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        ISessionOperation[] operations = [.. queued];
        queued.Clear();
        await SendAsync(operations, begin: true, commit: false, cancellationToken);
    }

    public async Task ExecuteAsync(IReadOnlyList<ISessionOperation> operations, CancellationToken cancellationToken)
    {
        if (operations.Count == 0)
            return;
        await SendAsync(operations, begin: true, commit: false, cancellationToken);
    }

    public async Task SaveChangesAsync(CancellationToken cancellationToken)
    {
        if (!HasPendingChanges)
            return;
        var appends = streams.Sum(s => s.Events.Count);
        using var activity = appends > 0 ? EventStoreInstruments.StartAppend(streams.Find(s => s.Events.Count > 0)!.Events[0], appends) : null;
        try
        {
            if (appends > 0)
                await store.InlineProjections.ApplyAsync(this, cancellationToken);
            List<ISessionOperation> operations = [.. queued, .. streams.Where(s => s.Events.Count > 0).SelectMany(s => s.Operations(store))];
            // with failures raised in SQL alone, a batch without begin and commit is one transaction, which can be shared
            var together = operations.TrueForAll(o => o.FailsInSql);
            if (transaction is not null || !together || !await SaveInGroupAsync(operations, cancellationToken))
                await SendAsync(operations, begin: !together, commit: together, cancellationToken);
            if (!together)
                await CommitAsync(cancellationToken);
        }
        finally
        {
            await ResetAsync();
        }
        if (appends > 0)
        {
            EventStoreInstruments.Appended.Add(appends);
            store.Signal.Appended();
        }
        var callbacks = committed.ToArray();
        committed.Clear();
        foreach (var callback in callbacks)
            callback();
    }

    /// <returns>False where the operations have to be executed alone.</returns>
    async Task<bool> SaveInGroupAsync(List<ISessionOperation> operations, CancellationToken cancellationToken)
    {
        try
        {
            return await store.GroupCommit.SaveAsync(operations, cancellationToken) == SaveOutcome.Committed;
        }
        catch (PostgresException e)
        {
            if (Understood(e) is { } understood)
                throw understood;
            throw;
        }
    }

    async Task SendAsync(IReadOnlyList<ISessionOperation> operations, bool begin, bool commit, CancellationToken cancellationToken)
    {
        var inTransaction = transaction is not null;
        var connection = transaction ?? await store.DataSource.OpenConnectionAsync(cancellationToken);
        try
        {
            await using var batch = new OperationBatch(connection);
            if (!inTransaction && begin)
            {
                batch.Add("begin isolation level read committed");
                transaction = connection;
            }
            batch.Add(operations);
            if (inTransaction && commit)
                batch.Add("commit");
            await batch.ExecuteAsync(cancellationToken);
        }
        catch (PostgresException e)
        {
            await ResetAsync();
            if (Understood(e) is { } understood)
                throw understood;
            throw;
        }
        catch
        {
            await ResetAsync();
            throw;
        }
        finally
        {
            if (connection != transaction)
                await connection.DisposeAsync();
        }
    }

    static Exception? Understood(PostgresException e)
    {
        var understood = PostgresErrors.Translate(e);
        if (understood is ConcurrencyException)
            EventStoreInstruments.Conflicts.Add(1);
        return understood;
    }

    async Task CommitAsync(CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("commit", transaction);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Opens the transaction, for those who must read under its locks before anything is written.</summary>
    public Task BeginAsync(CancellationToken cancellationToken)
        => transaction is null ? SendAsync([], begin: true, commit: false, cancellationToken) : Task.CompletedTask;

    async Task ResetAsync()
    {
        queued.Clear();
        foreach (var stream in streams)
            stream.Close();
        streams.Clear();
        instant = null;
        if (transaction is not { } connection)
            return;
        transaction = null;
        try
        {
            // locks must not wait for the pool's next user of this connection
            if (connection.State == ConnectionState.Open)
            {
                using var bound = new CancellationTokenSource(RollbackBound, TimeProvider.System);
                await using var command = new NpgsqlCommand("rollback", connection);
                await command.ExecuteNonQueryAsync(bound.Token);
            }
        }
        catch (Exception e) when (e is NpgsqlException or OperationCanceledException or InvalidOperationException)
        {
            // the connection is gone, and the transaction with it
        }
        await connection.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await ResetAsync();
        committed.Clear();
    }
}
