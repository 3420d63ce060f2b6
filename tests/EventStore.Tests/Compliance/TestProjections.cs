namespace OptiInfra.EventStore.Tests;

/// <summary>How often a monster was slain, over all quests of a tenant.</summary>
public sealed record MonsterTally
{
    public string Id { get; init; } = "";
    public int Slain { get; init; }
    public int Gold { get; init; }
}

public sealed class MonsterTallyProjection : MultiStreamProjection<MonsterTally, string>
{
    public MonsterTallyProjection() => Identity<MonsterSlain>(e => e.Monster);

    public MonsterTally Apply(MonsterSlain slain, MonsterTally tally) => tally with { Id = slain.Monster, Slain = tally.Slain + 1, Gold = tally.Gold + slain.Gold };
}

/// <summary>A quest as a list shows it; gone when the quest has failed.</summary>
public sealed record QuestSummary(Guid Id, string Name, int Members, long Version, long Sequence)
{
    public static QuestSummary Create(IEvent<QuestStarted> started) => new(started.StreamId, started.Data.Name, 0, started.Version, started.Sequence);
    public QuestSummary Apply(IEvent<MemberJoined> joined) => this with { Members = Members + 1, Version = joined.Version, Sequence = joined.Sequence };
    public QuestSummary Apply(IEvent<MemberLeft> left) => this with { Members = Members - 1, Version = left.Version, Sequence = left.Sequence };
    public bool ShouldDelete(QuestEnded ended) => ended.Outcome == "failed";
}

public sealed class QuestSummaryProjection(int version = 1) : SingleStreamProjection<QuestSummary>
{
    public override int Version => version;
}

/// <summary>In which quests somebody was: an event that belongs to two documents, the member's and everybody's.</summary>
public sealed record Fellow(string Id, int Joined, int Left);

public sealed class FellowProjection : MultiStreamProjection<Fellow, string>
{
    public FellowProjection()
    {
        Identities<MemberJoined>(e => [e.Member, "everybody"]);
        Identity<IEvent<MemberLeft>>(e => e.Data.Member);
    }

    public static Fellow Create(MemberJoined joined) => new(joined.Member, 1, 0);
    public Fellow Apply(Fellow fellow, IEvent<MemberJoined> joined) => fellow with { Joined = fellow.Joined + 1 };
    public Fellow Apply(MemberLeft left, Fellow fellow) => fellow with { Left = fellow.Left + 1 };
}

/// <summary>Writes every sequence into a table of its own; a repetition fails there.</summary>
public sealed class JournalProjection : IProjection
{
    public const string Table = "journal";

    public string Name => "Journal";
    public int Version => 1;
    public IReadOnlyList<Type> DocumentTypes => [];
    public IReadOnlyList<ProjectionTable> Tables => [new(Table, "seq_id bigint primary key, type text not null")];
    public bool TakesUnknownEvents => true;

    public Task ApplyAsync(IDocumentSession operations, IReadOnlyList<IEvent> events, CancellationToken cancellationToken)
    {
        foreach (var @event in events)
            operations.QueueSqlCommand($"insert into {operations.TableOf(Table)} (seq_id, type) values ($1, $2)", @event.Sequence, @event.EventTypeName);
        return Task.CompletedTask;
    }
}

/// <summary>A quest's gold. Cannot stand Balrogs, until it is taught, and nothing while it is broken.</summary>
public sealed record Hoard(Guid Id, int Gold, int Monsters);

public sealed class FragileProjection : SingleStreamProjection<Hoard>
{
    public bool Taught { get; set; }
    public bool Broken { get; set; }

    public Hoard Create(IEvent<MonsterSlain> slain) => Apply(slain, new Hoard(slain.StreamId, 0, 0));

    public Hoard Apply(IEvent<MonsterSlain> slain, Hoard hoard) => Broken || (slain.Data.Monster == "balrog" && !Taught)
        ? throw new InvalidOperationException("You cannot pass!")
        : hoard with { Gold = hoard.Gold + slain.Data.Gold, Monsters = hoard.Monsters + 1 };
}

public sealed class UnreachableProjection : MultiStreamProjection<Treasure, string>
{
    public UnreachableProjection() => Identity<MonsterSlain>(e => e.Monster);

    public Treasure Create(MonsterSlain slain) => new(slain.Monster, slain.Gold);
    public Treasure Apply(MemberJoined joined, Treasure treasure) => treasure with { Keeper = joined.Member };
}

/// <summary>Counts like <see cref="MonsterTallyProjection"/>, waits where a test wants it to, and remembers what it was given.</summary>
public sealed class HeldTallyProjection : MultiStreamProjection<MonsterTally, string>
{
    readonly TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly TaskCompletionSource released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly int version;

    public HeldTallyProjection(int version)
    {
        this.version = version;
        Identity<MonsterSlain>(e => e.Monster);
    }

    public override int Version => version;

    /// <summary>Every monster counts as often as the version says, so that documents tell who made them.</summary>
    public MonsterTally Apply(MonsterSlain slain, MonsterTally tally) => tally with { Id = slain.Monster, Slain = tally.Slain + version, Gold = tally.Gold + slain.Gold };

    /// <summary>Stops, once, with a page that goes beyond this position, before it is saved.</summary>
    public long HoldBehind { get; init; } = long.MaxValue;

    public List<long> Given { get; } = [];

    public Task Reached => reached.Task;

    public void Release() => released.TrySetResult();

    public override async Task ApplyAsync(IDocumentSession operations, IReadOnlyList<IEvent> events, CancellationToken cancellationToken)
    {
        lock (Given)
            Given.AddRange(events.Select(e => e.Sequence));
        await base.ApplyAsync(operations, events, cancellationToken);
        if (events.Count > 0 && events[^1].Sequence > HoldBehind)
        {
            reached.TrySetResult();
            // like a process that the machine stops: it does not hear that it shall end
            await released.Task;
        }
    }
}
