using Npgsql;

namespace OptiInfra.EventStore;

/// <summary>
/// Lets saves that meet share a round trip and a commit. A save that finds a place free goes at once; those that come
/// while all places are taken, or while groups are on their way, wait for no time but for a place, and then go together
/// (ADR 8). A save that waits in the
/// database for somebody else's lock longer than <see cref="LockTimeout"/> leaves its place and is executed on its own, so
/// that it holds up nobody.
/// </summary>
sealed class GroupCommit : IAsyncDisposable
{
    /// <summary>
    /// Saves that go alone at once. So few lose nothing by it, and each is a plain statement; PostgreSQL lets commits that
    /// meet share their flush of the log. More than these are better off together.
    /// </summary>
    const int MostAlone = 4;
    /// <summary>Groups in the database at once: while one waits for its commit, another is executed.</summary>
    const int MostGroups = 2;
    const int LargestGroup = 64;
    /// <summary>Events and operations; larger saves gain nothing from company and would hold it up.</summary>
    const int HeaviestSave = 64;
    static readonly TimeSpan LockTimeout = TimeSpan.FromMilliseconds(200);

    readonly CommitGroup groups;
    readonly NpgsqlDataSource source;
    readonly Lock gate = new();
    readonly Queue<PendingSave> waiting = [];
    int alone;
    int sending;
    /// <summary>Saves on their way in groups.</summary>
    int together;

    public GroupCommit(DocumentStore store, NpgsqlConnectionStringBuilder connection)
    {
        var own = new NpgsqlConnectionStringBuilder(connection.ConnectionString)
        {
            MinPoolSize = 0,
            // a group takes the place of one that went alone
            MaxPoolSize = MostAlone,
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
            // where groups are on their way, there are many savers: whoever comes joins the next group
            if (alone + sending >= (sending == 0 ? MostAlone : MostGroups))
            {
                waiting.Enqueue(save);
                return save.OutcomeAsync(cancellationToken);
            }
            alone++;
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
        {
            alone--;
            if (waiting.Count == 0 || sending == MostGroups)
                return;
            sending++;
        }
        ThreadPool.UnsafeQueueUserWorkItem(static groups => _ = groups.SendGroupsAsync(), this, preferLocal: false);
    }

    /// <summary>Sends for as long as somebody waits.</summary>
    async Task SendGroupsAsync()
    {
        while (TakeGroup() is { } group)
        {
            await groups.ExecuteAsync(group);
            lock (gate)
                together -= group.Count;
        }
    }

    async Task SendAloneAsync(PendingSave save)
    {
        await groups.ExecuteAsync([save]);
        PassPlaceOn();
    }

    /// <returns>Null where nobody waits any more, or where so few are left that each goes alone.</returns>
    List<PendingSave>? TakeGroup()
    {
        List<PendingSave> group = [];
        lock (gate)
        {
            while (group.Count < LargestGroup && waiting.TryDequeue(out var save))
                if (save.Take())
                    group.Add(save);
            if (group.Count > 0 && (alone + together + group.Count > MostAlone || !MayPart(group)))
            {
                together += group.Count;
                return group;
            }
            sending--;
            alone += group.Count;
        }
        foreach (var save in group)
            _ = SendAloneAsync(save);
        return null;
    }

    /// <summary>One event each, and no two of one stream, whose order would be lost.</summary>
    static bool MayPart(List<PendingSave> group)
    {
        HashSet<Guid> streams = [];
        return group.TrueForAll(s => s.OnlyAppend is { } append && SingleAppend.Fits(append) && streams.Add(append.StreamId));
    }

    public ValueTask DisposeAsync() => source.DisposeAsync();
}
