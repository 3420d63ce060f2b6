using FsCheck;
using FsCheck.Fluent;
using OptiInfra.Commands.LiveMigrations;
using OptiInfra.Commands.Tests.Laws;
using OptiInfra.Contracts.LiveMigrations;

namespace OptiInfra.Commands.Tests.LiveMigrations;

/// <summary>A command to a job as it was decided on the log of that version.</summary>
public sealed record DecidedForJob(int Version, ILiveMigrationCommand Command, DateTimeOffset At, Decision Decision);

/// <summary>
/// A job to which commands come as the draws have it: mostly what saga, agents and people would do next, some of them strange,
/// late, repeated or about another trainer.
/// </summary>
public sealed class JobWalk
{
    static readonly TimeSpan[] Waits = [TimeSpan.Zero, TimeSpan.FromMilliseconds(3), TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(7), TimeSpan.FromHours(3)];

    readonly List<object> events = [];
    readonly List<DecidedForJob> decided = [];

    JobWalk(int maxFailedLaunches) => Execute(new SubmitJob(AJob.Id, "acme", "pat", AJob.Spec with { Policy = AJob.Spec.Policy with { MaxFailedLaunches = maxFailedLaunches } }));

    public IReadOnlyList<object> Events => events;
    public IReadOnlyList<DecidedForJob> Decided => decided;
    public TrainingJob State { get; private set; } = null!;
    public DateTimeOffset Now { get; private set; } = Spec.Noon;

    public static JobWalk Of(int maxFailedLaunches, IEnumerable<Draw> draws)
    {
        var walk = new JobWalk(maxFailedLaunches);
        foreach (var draw in draws)
            walk.Take(draw);
        return walk;
    }

    void Take(Draw draw)
    {
        Now += Waits[draw.Wait % Waits.Length];
        var next = JobPlayers.Next(State);
        var roll = draw.Kind % 100;
        if (next.Count > 0 && roll < 80)
            Execute(next[roll < 45 ? 0 : draw.Which % next.Count]);
        else if (roll < 90)
            Execute(decided[draw.Which % decided.Count].Command);
        else
            Execute(Strange(draw));
    }

    /// <summary>Any command, about any trainer; rarely what ends everything, or nothing would get far.</summary>
    ILiveMigrationCommand Strange(Draw draw)
    {
        var examples = EveryJobCommand.Examples(1 + (draw.Wait % (State.Trainers.Count + 1)), draw.Kind % AJob.Iterations);
        return examples[draw.Which % examples.Count] is CancelJob cancel && draw.Kind % 4 == 0 ? cancel
            : examples[draw.Which % examples.Count] is CancelJob ? new ConcludeJob(AJob.Id)
            : examples[draw.Which % examples.Count];
    }

    public Decision Execute(ILiveMigrationCommand command)
    {
        var decision = TrainingJobDecider.Decide(State, command, Now);
        decided.Add(new DecidedForJob(events.Count, command, Now, decision));
        if (decision is Decision.Accepted accepted)
        {
            events.AddRange(accepted.Events);
            State = Log.FoldJob(State, accepted.Events)!;
        }

        return decision;
    }

    static readonly Gen<int> Any = Gen.Choose(0, 1_000_000);

    static readonly Arbitrary<(int Failures, Draw[] Draws)> Arbitrary =
        (from failures in Gen.Choose(1, 6)
         from length in Gen.Choose(1, 200)
         from draws in Any.Zip(Any).Zip(Any).Select(t => new Draw(t.Item1.Item1, t.Item1.Item2, t.Item2)).ArrayOf(length)
         select (failures, draws)).ToArbitrary();

    /// <summary>Holds a law on many walks.</summary>
    public static void All(Action<JobWalk> holds, int cases = 150) =>
        Prop.ForAll(Arbitrary, w => holds(Of(w.Failures, w.Draws))).Check(Config.QuickThrowOnFailure.WithMaxTest(cases));

    /// <summary>The same walks each time.</summary>
    public static IEnumerable<JobWalk> Seeded(int count)
    {
        var random = new Random(4711);
        for (var i = 0; i < count; i++)
            yield return Of(1 + random.Next(6), [.. Enumerable.Range(0, 60 + random.Next(160)).Select(_ => new Draw(random.Next(1_000_000), random.Next(1_000_000), random.Next(1_000_000)))]);
    }
}
