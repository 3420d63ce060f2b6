using OptiInfra.Contracts;

namespace OptiInfra.Commands.Tests;

/// <summary>What decides on commands, and what its events add up to.</summary>
/// <param name="Pause">Between a command and the next.</param>
public sealed record Decider<TState, TCommand>(Func<TState?, TCommand, DateTimeOffset, Decision> Decide, Func<IEnumerable<object>, TState?> Fold, TimeSpan Pause)
    where TState : class where TCommand : class, ICommand;

/// <summary>A log and an instant at which commands are decided; events are compared by the bytes in which they are kept.</summary>
public sealed record Situation<TState, TCommand>(Decider<TState, TCommand> Decider, IReadOnlyList<object> Events, DateTimeOffset Now)
    where TState : class where TCommand : class, ICommand
{
    public Outcome<TState, TCommand> When(TCommand command, DateTimeOffset? at = null)
    {
        var now = at ?? Now;
        var decision = Decider.Decide(Decider.Fold(Events), command, now);
        // what holds always: the same log, command and instant give the same bytes
        var recorded = RecordedCommand.Of(Log.Reread(command), new CommandContext(Guid.NewGuid(), "test", "default"), Events.Count, decision, now);
        Assert.Equal(Log.Text(decision), Log.Text(Decider.Decide(Decider.Fold(Events), (TCommand)Log.Reread(recorded).Read(), recorded.DecidedAt)));
        return new(this with { Now = now }, command, decision);
    }
}

/// <summary>What came of a command.</summary>
public sealed record Outcome<TState, TCommand>(Situation<TState, TCommand> Before, TCommand Command, Decision Decision)
    where TState : class where TCommand : class, ICommand
{
    public IReadOnlyList<object> Events => Decision switch
    {
        Decision.Accepted a => a.Events,
        Decision.Refused r => Fail($"refused as {r.Code}: {r.Reason}"),
        _ => Fail("unknown decision"),
    };

    /// <summary>What the log adds up to afterwards.</summary>
    public TState State => Before.Decider.Fold([.. Before.Events, .. Events])!;

    public Outcome<TState, TCommand> Then(params object[] events)
    {
        Assert.Equal(events.Select(Log.Text), Events.Select(Log.Text));
        _ = State;
        return this;
    }

    /// <summary>Events of these types and no others, in this order.</summary>
    public Outcome<TState, TCommand> ThenKinds(params Type[] types)
    {
        Assert.Equal(types, Events.Select(e => e.GetType()));
        return this;
    }

    public Outcome<TState, TCommand> ThenNothing() => Then();

    public Outcome<TState, TCommand> ThenRefused(string code, params string[] reasonParts)
    {
        var refused = Assert.IsType<Decision.Refused>(Decision);
        Assert.Equal(code, refused.Code);
        foreach (var part in reasonParts)
            Assert.Contains(part, refused.Reason, StringComparison.Ordinal);
        return this;
    }

    /// <summary>One event of a type among what happened.</summary>
    public T Single<T>() => Events.OfType<T>().Single();

    public Outcome<TState, TCommand> Where(Action<TState> holds)
    {
        holds(State);
        return this;
    }

    /// <summary>The next command, decided on the log as it stands after this one.</summary>
    public Outcome<TState, TCommand> When(TCommand command, DateTimeOffset? at = null) =>
        (Before with { Events = [.. Before.Events, .. Events] }).When(command, at ?? Before.Now + Before.Decider.Pause);

    /// <summary>The same command once more, a second later.</summary>
    public Outcome<TState, TCommand> Again() => When(Command, Before.Now.AddSeconds(1));

    static IReadOnlyList<object> Fail(string what)
    {
        Assert.Fail($"Expected events; {what}");
        return [];
    }
}
