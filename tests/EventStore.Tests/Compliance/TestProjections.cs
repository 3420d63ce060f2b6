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

/// <summary>Writes every sequence into a table of its own; a repetition or a change of order fails there.</summary>
public sealed class JournalProjection : IProjection
{
    public const string Table = "journal";

    public string Name => "Journal";
    public int Version => 1;
    public IReadOnlyList<Type> DocumentTypes => [];
    public IReadOnlyList<string> TableNames => [Table];

    public Task ApplyAsync(IDocumentSession operations, IReadOnlyList<IEvent> events, CancellationToken cancellationToken)
    {
        foreach (var @event in events)
            operations.QueueSqlCommand($"insert into {operations.DocumentStore.Options.DatabaseSchemaName}.{Table} (seq_id) values ($1)", @event.Sequence);
        return Task.CompletedTask;
    }
}

/// <summary>Cannot stand Balrogs, until it is taught.</summary>
public sealed class FragileProjection : MultiStreamProjection<Treasure, string>
{
    public FragileProjection() => Identity<MonsterSlain>(e => e.Monster);

    public bool Taught { get; set; }

    public Treasure Create(MonsterSlain slain) => slain.Monster == "balrog" && !Taught
        ? throw new InvalidOperationException("You cannot pass!")
        : new(slain.Monster, slain.Gold);
}

public sealed class UnreachableProjection : MultiStreamProjection<Treasure, string>
{
    public UnreachableProjection() => Identity<MonsterSlain>(e => e.Monster);

    public Treasure Create(MonsterSlain slain) => new(slain.Monster, slain.Gold);
    public Treasure Apply(MemberJoined joined, Treasure treasure) => treasure with { Keeper = joined.Member };
}
