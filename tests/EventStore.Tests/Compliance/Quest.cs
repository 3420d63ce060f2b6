using System.Collections.Immutable;

namespace OptiInfra.EventStore.Tests;

public sealed record QuestStarted(string Name);
public sealed record MemberJoined(string Member);
public sealed record MemberLeft(string Member);
public sealed record MonsterSlain(string Monster, int Gold);
public sealed record QuestEnded(string Outcome);
/// <summary>Has a name in the store, and no aggregate has a method for it.</summary>
public sealed record WeatherChanged(string Sky);
/// <summary>Is not mapped.</summary>
public sealed record NeverMapped(string Text);

/// <summary>Folds itself: static Create, instance Apply, static Apply, an event with its metadata.</summary>
public sealed record Quest(Guid Id, string Name, ImmutableList<string> Members, int Gold, string? Outcome, long LastVersion)
{
    public static Quest Create(IEvent<QuestStarted> started) => new(started.StreamId, started.Data.Name, [], 0, null, started.Version);
    public Quest Apply(MemberJoined joined) => this with { Members = Members.Add(joined.Member) };
    public Quest Apply(MemberLeft left) => this with { Members = Members.Remove(left.Member) };
    public static Quest Apply(MonsterSlain slain, Quest current) => current with { Gold = current.Gold + slain.Gold };
    public Quest Apply(IEvent<QuestEnded> ended) => this with { Outcome = ended.Data.Outcome, LastVersion = ended.Version };
}

/// <summary>Begins empty.</summary>
public sealed record Treasury
{
    public int Gold { get; init; }
    public Treasury Apply(MonsterSlain slain) => this with { Gold = Gold + slain.Gold };
}
