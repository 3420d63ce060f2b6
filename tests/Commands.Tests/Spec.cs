using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Commands.Tests;

/// <summary><c>Given(what happened).When(command).Then(what happens)</c>; events are compared by the bytes in which they are kept.</summary>
public static class Spec
{
    public static DateTimeOffset Noon { get; } = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    public static Situation Given(Past past) => new([.. past.Events], past.Now);

    public static Situation GivenNothing() => new([], Noon);
}

/// <param name="Now">The instant on which commands are decided.</param>
public sealed record Situation(IReadOnlyList<object> Events, DateTimeOffset Now)
{
    public Outcome When(ISpotMigrationCommand command, DateTimeOffset? at = null)
    {
        var now = at ?? Now;
        var decision = SpotMigrationDecider.Decide(Log.Fold(Events), command, now);
        // what holds always: the same log, command and instant give the same bytes
        var recorded = RecordedCommand.Of(Log.Reread(command), new CommandContext(Guid.NewGuid(), "test", "default"), Events.Count, decision, now);
        Assert.Equal(Text(decision), Text(SpotMigrationDecider.Decide(Log.Fold(Events), (ISpotMigrationCommand)Log.Reread(recorded).Read(), recorded.DecidedAt)));
        return new Outcome(this with { Now = now }, command, decision);
    }

    static string Text(Decision decision) => decision switch
    {
        Decision.Accepted a => string.Join('\n', a.Events.Select(Log.Text)),
        Decision.Refused r => $"{r.Code}: {r.Reason}",
        _ => throw new InvalidOperationException($"Unknown decision {decision}."),
    };
}

/// <summary>What came of a command.</summary>
public sealed record Outcome(Situation Before, ISpotMigrationCommand Command, Decision Decision)
{
    public IReadOnlyList<object> Events => Decision switch
    {
        Decision.Accepted a => a.Events,
        Decision.Refused r => Fail($"refused as {r.Code}: {r.Reason}"),
        _ => Fail("unknown decision"),
    };

    /// <summary>The migration afterwards.</summary>
    public SpotMigration State => Log.Fold([.. Before.Events, .. Events])!;

    public Outcome Then(params object[] events)
    {
        Assert.Equal(events.Select(Log.Text), Events.Select(Log.Text));
        _ = State;
        return this;
    }

    public Outcome ThenNothing() => Then();

    public Outcome ThenRefused(string code, params string[] reasonParts)
    {
        var refused = Assert.IsType<Decision.Refused>(Decision);
        Assert.Equal(code, refused.Code);
        foreach (var part in reasonParts)
            Assert.Contains(part, refused.Reason, StringComparison.Ordinal);
        return this;
    }

    /// <summary>One event of a type among what happened.</summary>
    public T Single<T>() => Events.OfType<T>().Single();

    public Outcome Where(Action<SpotMigration> holds)
    {
        holds(State);
        return this;
    }

    /// <summary>The next command, decided on the log as it stands after this one.</summary>
    public Outcome When(ISpotMigrationCommand command, DateTimeOffset? at = null) =>
        (Before with { Events = [.. Before.Events, .. Events] }).When(command, at);

    /// <summary>The same command once more, a second later.</summary>
    public Outcome Again() => When(Command, Before.Now.AddSeconds(1));

    static IReadOnlyList<object> Fail(string what)
    {
        Assert.Fail($"Expected events; {what}");
        return [];
    }
}
