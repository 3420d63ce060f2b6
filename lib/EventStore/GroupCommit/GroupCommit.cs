using Npgsql;

namespace OptiInfra.EventStore;

/// <summary>
/// Lets saves that meet share a round trip and a commit. A save that finds a place free goes at once; those that come
/// while all places are taken, or while a group is on its way, wait for no time but for a place, and then go together
/// (ADR 8). Whoever holds a place up longer than <see cref="Patience"/> loses it to those who wait. A save that waits in
/// the database for somebody else's lock longer than <see cref="LockTimeout"/> is executed on its own.
/// </summary>
sealed class GroupCommit : IAsyncDisposable
{
    /// <summary>
    /// Saves that go alone at once. Two lose nothing by it, each a plain statement, since PostgreSQL lets commits that meet
    /// share their flush of the log. More than these are better off together: each change of threads is saved for all.
    /// </summary>
    const int MostAlone = 2;
    /// <summary>Places that were lost; as many more saves or groups may be held up at once before others have to wait for them.</summary>
    const int MostOverdue = 4;
    const int LargestGroup = 64;
    /// <summary>Events and operations; larger saves gain nothing from company and would hold it up.</summary>
    const int HeaviestSave = 64;
    static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(5);
    static readonly TimeSpan LockTimeout = TimeSpan.FromMilliseconds(200);

    readonly CommitGroup groups;
    readonly CommitLanes lanes;
    readonly ITimer watch;
    readonly Lock gate = new();
    readonly Queue<PendingSave> waiting = [];
    /// <summary>Places that are taken, but for those that were lost.</summary>
    readonly List<Place> taken = [];
    int overdue;
    bool watching;

    public GroupCommit(DocumentStore store, NpgsqlConnectionStringBuilder connection)
    {
        var own = new NpgsqlConnectionStringBuilder(connection.ConnectionString)
        {
            MinPoolSize = 0,
            // a sender that has just sent its last group may meet as many as go alone
            MaxPoolSize = MostAlone + 1 + MostOverdue,
            IncludeFailedBatchedCommand = true,
            Options = $"{connection.Options} -c lock_timeout={LockTimeout.TotalMilliseconds:0}".TrimStart(),
        };
        var builder = new NpgsqlDataSourceBuilder(own.ConnectionString);
        if (store.Options.LoggerFactory is not null)
            builder.UseLoggerFactory(store.Options.LoggerFactory);
        lanes = new CommitLanes(builder.Build(), store.Options.QuotedSchema);
        groups = new CommitGroup(store, lanes);
        watch = TimeProvider.System.CreateTimer(static commit => ((GroupCommit)commit!).Watch(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Where a group is on its way, there are many savers: whoever comes joins the next group.</summary>
    bool HasRoom => taken.Count < MostAlone && !taken.Exists(p => p.SendsGroups);

    /// <summary>Executes and commits; all failures of the operations must be raised in SQL.</summary>
    /// <exception cref="PostgresException">The save failed as it would have failed on its own.</exception>
    public Task<SaveOutcome> SaveAsync(IReadOnlyList<ISessionOperation> operations, CancellationToken cancellationToken)
    {
        if (operations.Sum(Weight) > HeaviestSave)
            return Task.FromResult(SaveOutcome.Alone);
        var save = new PendingSave(operations);
        Place place;
        lock (gate)
        {
            if (!HasRoom)
            {
                waiting.Enqueue(save);
                BeginToWatch();
                return save.OutcomeAsync(cancellationToken);
            }
            place = Take(sendsGroups: false, saves: 1);
        }
        return GoAtOnceAsync(save, place, cancellationToken);
    }

    static int Weight(ISessionOperation operation) => operation switch
    {
        AppendOperation append => append.Count,
        StoreOperation documents => documents.Count,
        _ => 1,
    };

    async Task<SaveOutcome> GoAtOnceAsync(PendingSave save, Place place, CancellationToken cancellationToken)
    {
        try
        {
            return await groups.ExecuteOneAsync(save, cancellationToken);
        }
        finally
        {
            PassOn(place);
        }
    }

    async Task SendAloneAsync(PendingSave save, Place place)
    {
        await groups.ExecuteAsync([save]);
        PassOn(place);
    }

    /// <summary>Sends for as long as somebody waits and the place is not lost.</summary>
    async Task SendGroupsAsync(Place place)
    {
        while (NextGroup(place) is { } group)
        {
            await groups.ExecuteAsync(group);
            // those who were saved go on, on this thread too, and may save again before the next group is made up
            await Task.Yield();
        }
    }

    Place Take(bool sendsGroups, int saves)
    {
        var place = new Place { SendsGroups = sendsGroups };
        place.Leave(saves);
        taken.Add(place);
        return place;
    }

    void GiveBack(Place place)
    {
        if (!taken.Remove(place))
            overdue--;
    }

    void PassOn(Place place)
    {
        lock (gate)
        {
            GiveBack(place);
            LetGroupsGo();
        }
    }

    /// <summary>Where somebody waits and no group is on its way.</summary>
    void LetGroupsGo()
    {
        if (waiting.Count == 0 || !HasRoom)
            return;
        var place = Take(sendsGroups: true, saves: 0);
        ThreadPool.UnsafeQueueUserWorkItem(static sender => _ = sender.Commit.SendGroupsAsync(sender.Place), (Commit: this, Place: place), preferLocal: false);
    }

    /// <returns>Null where nobody waits any more, where so few are left that each goes alone, or where the place was lost.</returns>
    List<PendingSave>? NextGroup(Place place)
    {
        List<PendingSave> group = [];
        List<Place> places = [];
        lock (gate)
        {
            if (!taken.Contains(place))
            {
                GiveBack(place);
                return null;
            }
            while (group.Count < LargestGroup && waiting.TryDequeue(out var save))
                if (save.Take())
                    group.Add(save);
            if (group.Count > 0 && (taken.Sum(p => p == place ? 0 : p.Saves) + group.Count > MostAlone || !MayPart(group)))
            {
                place.Leave(group.Count);
                return group;
            }
            GiveBack(place);
            foreach (var _ in group)
                places.Add(Take(sendsGroups: false, saves: 1));
        }
        foreach (var (save, own) in group.Zip(places))
            _ = SendAloneAsync(save, own);
        return null;
    }

    /// <summary>One event each, and no two of one stream, whose order would be lost.</summary>
    static bool MayPart(List<PendingSave> group)
    {
        HashSet<Guid> streams = [];
        return group.TrueForAll(s => s.OnlyAppend is { } append && SingleAppend.Fits(append) && streams.Add(append.StreamId));
    }

    void BeginToWatch()
    {
        if (watching)
            return;
        watching = true;
        watch.Change(Patience, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Takes places from those who hold others up.</summary>
    void Watch()
    {
        lock (gate)
        {
            watching = false;
            if (waiting.Count == 0)
                return;
            foreach (var place in taken.FindAll(p => p.IsAwayFor(Patience)))
                if (overdue < MostOverdue)
                {
                    taken.Remove(place);
                    overdue++;
                }
            LetGroupsGo();
            BeginToWatch();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await watch.DisposeAsync();
        await lanes.DisposeAsync();
    }

    /// <summary>What may be in the database at once: a save that goes alone, or one group after another.</summary>
    sealed class Place
    {
        long left;

        public bool SendsGroups { get; init; }
        /// <summary>Saves that are on their way.</summary>
        public int Saves { get; private set; }

        public void Leave(int saves) => (Saves, left) = (saves, TimeProvider.System.GetTimestamp());

        public bool IsAwayFor(TimeSpan time) => TimeProvider.System.GetElapsedTime(left) >= time;
    }
}
