using OptiInfra.Commands.LiveMigrations;
using OptiInfra.Contracts.LiveMigrations;

namespace OptiInfra.Commands.Tests.LiveMigrations;

/// <summary><c>Given(what happened).When(command).Then(what happens)</c> of a training job; events are compared by the bytes in which they are kept.</summary>
/// <param name="Now">The instant on which commands are decided.</param>
public sealed record JobScene(IReadOnlyList<object> Events, DateTimeOffset Now)
{
    public static JobScene Given(JobPast past) => new([.. past.Events], past.Now);

    public static JobScene GivenNothing() => new([], Spec.Noon);

    public JobOutcome When(ILiveMigrationCommand command)
    {
        var decision = TrainingJobDecider.Decide(Log.FoldJob(Events), command, Now);
        // what holds always: the same log, command and instant give the same bytes
        var recorded = RecordedCommand.Of(Log.Reread(command), new CommandContext(Guid.NewGuid(), "test", "default"), Events.Count, decision, Now);
        Assert.Equal(Text(decision), Text(TrainingJobDecider.Decide(Log.FoldJob(Events), (ILiveMigrationCommand)Log.Reread(recorded).Read(), recorded.DecidedAt)));
        return new JobOutcome(this, command, decision);
    }

    public static string Text(Decision decision) => decision switch
    {
        Decision.Accepted a => string.Join('\n', a.Events.Select(Log.Text)),
        Decision.Refused r => $"{r.Code}: {r.Reason}",
        _ => throw new InvalidOperationException($"Unknown decision {decision}."),
    };
}

/// <summary>What came of a command to a job.</summary>
public sealed record JobOutcome(JobScene Before, ILiveMigrationCommand Command, Decision Decision)
{
    public IReadOnlyList<object> Events => Assert.IsType<Decision.Accepted>(Decision).Events;

    public TrainingJob State => Log.FoldJob([.. Before.Events, .. Events])!;

    public JobOutcome Then(params object[] events)
    {
        Assert.Equal(events.Select(Log.Text), Events.Select(Log.Text));
        return this;
    }

    /// <summary>Events of these types and no others, in this order.</summary>
    public JobOutcome ThenKinds(params Type[] types)
    {
        Assert.Equal(types, Events.Select(e => e.GetType()));
        return this;
    }

    public JobOutcome ThenNothing() => Then();

    public JobOutcome ThenRefused(string code, params string[] reasonParts)
    {
        var refused = Assert.IsType<Decision.Refused>(Decision);
        Assert.Equal(code, refused.Code);
        foreach (var part in reasonParts)
            Assert.Contains(part, refused.Reason, StringComparison.Ordinal);
        return this;
    }

    public T Single<T>() => Events.OfType<T>().Single();

    public JobOutcome Where(Action<TrainingJob> holds)
    {
        holds(State);
        return this;
    }

    /// <summary>The next command, a second later, decided on the log as it stands after this one.</summary>
    public JobOutcome When(ILiveMigrationCommand command) =>
        new JobScene([.. Before.Events, .. Events], Before.Now.AddSeconds(1)).When(command);

    /// <summary>The same command once more.</summary>
    public JobOutcome Again() => When(Command);
}
