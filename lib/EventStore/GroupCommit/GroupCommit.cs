using Npgsql;

namespace OptiInfra.EventStore;

/// <summary>
/// Lets saves that meet share a round trip and a commit. A save that finds a place free goes at once; those that come
/// while all places are taken wait for no time but for a place, and then go together (ADR 8). A save that waits in the
/// database for somebody else's lock longer than <see cref="LockTimeout"/> leaves its place and is executed on its own, so
/// that it holds up nobody.
/// </summary>
sealed class GroupCommit : IAsyncDisposable
{
    /// <summary>Groups in the database at once: while one waits for its commit, another is executed.</summary>
    const int Places = 2;
    const int LargestGroup = 64;
    /// <summary>Events and operations; larger saves gain nothing from company and would hold it up.</summary>
    const int HeaviestSave = 64;
    static readonly TimeSpan LockTimeout = TimeSpan.FromMilliseconds(200);

    readonly CommitGroup groups;
    readonly NpgsqlDataSource source;
    readonly Lock gate = new();
    readonly Queue<PendingSave> waiting = [];
    int placesTaken;

    public GroupCommit(DocumentStore store, NpgsqlConnectionStringBuilder connection)
    {
        var own = new NpgsqlConnectionStringBuilder(connection.ConnectionString)
        {
            MinPoolSize = 0,
            MaxPoolSize = Places,
            IncludeFailedBatchedCommand = true,
            Options = $"{connection.Options} -c lock_timeout={LockTimeout.TotalMilliseconds:0}".TrimStart(),
        };
        var builder = new NpgsqlDataSourceBuilder(own.ConnectionString);
        if (store.Options.LoggerFactory is not null)
            builder.UseLoggerFactory(store.Options.LoggerFactory);
        source = builder.Build();
        groups = new CommitGroup(store, source);
    }

    /// <summary>Executes and commits; all failures of the operations must be raised in SQL.</summary>
    /// <exception cref="PostgresException">The save failed as it would have failed on its own.</exception>
    public Task<SaveOutcome> SaveAsync(IReadOnlyList<ISessionOperation> operations, CancellationToken cancellationToken)
    {
        if (operations.Sum(Weight) > HeaviestSave)
            return Task.FromResult(SaveOutcome.Alone);
        var save = new PendingSave(operations);
        lock (gate)
        {
            if (placesTaken == Places)
            {
                waiting.Enqueue(save);
                return save.OutcomeAsync(cancellationToken);
            }
            placesTaken++;
        }
        return GoAtOnceAsync(save, cancellationToken);
    }

    static int Weight(ISessionOperation operation) => operation switch
    {
        AppendOperation append => append.Count,
        StoreOperation documents => documents.Count,
        _ => 1,
    };

    async Task<SaveOutcome> GoAtOnceAsync(PendingSave save, CancellationToken cancellationToken)
    {
        try
        {
            return await groups.ExecuteOneAsync(save, cancellationToken);
        }
        finally
        {
            PassPlaceOn();
        }
    }

    void PassPlaceOn()
    {
        lock (gate)
            if (waiting.Count == 0)
            {
                placesTaken--;
                return;
            }
        ThreadPool.UnsafeQueueUserWorkItem(static groups => _ = groups.SendGroupsAsync(), this, preferLocal: false);
    }

    /// <summary>Holds a place for as long as somebody waits for one.</summary>
    async Task SendGroupsAsync()
    {
        while (TakeGroup() is { } group)
            await groups.ExecuteAsync(group);
    }

    List<PendingSave>? TakeGroup()
    {
        List<PendingSave> group = [];
        lock (gate)
        {
            while (group.Count < LargestGroup && waiting.TryDequeue(out var save))
                if (save.Take())
                    group.Add(save);
            if (group.Count > 0)
                return group;
            placesTaken--;
            return null;
        }
    }

    public ValueTask DisposeAsync() => source.DisposeAsync();
}
