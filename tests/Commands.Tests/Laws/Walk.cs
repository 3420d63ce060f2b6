using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Commands.Tests.Laws;

/// <summary>What decides one step: which command, with what, how much later.</summary>
public sealed record Draw(int Kind, int Which, int Wait);

/// <summary>A command as it was decided on the log of that version.</summary>
public sealed record Decided(int Version, ISpotMigrationCommand Command, DateTimeOffset At, Decision Decision);

/// <summary>
/// A migration to which commands come as the draws have it: mostly what saga, agents and people would do next, some of
/// them strange, late, repeated or meant for something else.
/// </summary>
public sealed class Walk
{
    static readonly TimeSpan[] Waits = [TimeSpan.Zero, TimeSpan.FromMilliseconds(3), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(7), TimeSpan.FromMinutes(40), TimeSpan.FromHours(30)];

    static readonly IReadOnlyList<ISpotMigrationCommand> Examples = EveryCommand.Examples();

    readonly List<object> events = [];
    readonly List<Decided> decided = [];

    public Walk(int instances, MigrationPolicy policy)
    {
        Instances = instances;
        Execute(new RequestMigration(A.Id, "acme", "pat", new FleetSelector(), policy));
    }

    public int Instances { get; }
    public IReadOnlyList<object> Events => events;
    public IReadOnlyList<Decided> Decided => decided;
    public SpotMigration State { get; private set; } = null!;
    public DateTimeOffset Now { get; private set; } = Spec.Noon;

    public static Walk Of(int instances, int policy, IEnumerable<Draw> draws)
    {
        var walk = new Walk(instances, Policies[policy % Policies.Count]);
        foreach (var draw in draws)
            walk.Take(draw);
        return walk;
    }

    static readonly IReadOnlyList<MigrationPolicy> Policies =
    [
        new(),
        new() { Voters = ["cost"], MinSuccessFraction = 0.5m },
        new() { Voters = ["application"], PhaseFractions = [1m], MonitoringWindows = [TimeSpan.FromMinutes(15)], MinSuccessFraction = 0m },
        new() { Voters = ["cost", "resource"], PhaseFractions = [0.2m, 0.4m, 0.6m, 1m], MonitoringWindows = [.. Enumerable.Repeat(TimeSpan.FromMinutes(2), 4)] },
    ];

    void Take(Draw draw)
    {
        var next = Players.Next(State, Instances, Now);
        // long waits are for those who wait: they would let every approval expire
        Now += Waits[draw.Wait % (draw.Kind % 16 == 0 ? Waits.Length : 6)];
        var roll = draw.Kind % 100;
        if (next.Count > 0 && roll < 80)
        {
            // the first leads on; the others are what may go otherwise
            var (command, notBefore) = next[roll < 60 ? 0 : draw.Which % next.Count];
            Now = notBefore > Now ? notBefore : Now;
            Execute(command);
        }
        else if (roll < 90 && decided.Count > 1)
        {
            Execute(decided[1 + (draw.Which % (decided.Count - 1))].Command);
        }
        else
        {
            Execute(Strange(draw));
        }
    }

    /// <summary>Any command, about any instance of the fleet.</summary>
    ISpotMigrationCommand Strange(Draw draw)
    {
        var n = 1 + (draw.Wait % (Instances + 1));
        var attempt = 1 + (draw.Kind % 3);
        return Examples[draw.Which % Examples.Count] switch
        {
            StartInstanceMigration c => c with { InstanceId = A.Instance(n), Attempt = attempt, Pool = A.Pool(n, attempt - 1), HourlyUsd = A.SpotHourlyUsd(n, attempt - 1) },
            RecordReplacementLaunched c => c with { InstanceId = A.Instance(n), Attempt = attempt, ReplacementId = A.Replacement(n, attempt) },
            RecordLaunchFailed c => c with { InstanceId = A.Instance(n), Attempt = attempt },
            RecordInstanceMigrated c => c with { InstanceId = A.Instance(n), Attempt = attempt, ReplacementId = A.Replacement(n, attempt) },
            FailInstanceMigration c => c with { InstanceId = A.Instance(n) },
            ReportInterruption c => c with { InstanceId = A.Instance(n), ReplacementId = A.Replacement(n, attempt) },
            ReturnToOnDemand c => c with { InstanceId = A.Instance(n) },
            RecordInstanceRolledBack c => c with { InstanceId = A.Instance(n) },
            RecordInstanceRetired c => c with { InstanceId = A.Instance(n), ReplacementId = A.Replacement(n, attempt) },
            // rarely what ends everything, or nothing would get far
            CancelMigration when draw.Kind % 3 != 0 => new ReportAttentionNeeded(A.Id, "walk", "not cancelled"),
            TimeOut c => c with { Phase = attempt },
            CompletePhase c => c with { Phase = attempt },
            StartPhase c => c with { Phase = attempt },
            var other => other,
        };
    }

    public Decision Execute(ISpotMigrationCommand command)
    {
        var decision = SpotMigrationDecider.Decide(State, command, Now);
        decided.Add(new Decided(events.Count, command, Now, decision));
        if (decision is Decision.Accepted accepted)
        {
            events.AddRange(accepted.Events);
            State = Log.Fold(State, accepted.Events)!;
        }

        return decision;
    }

    public void WaitUntil(DateTimeOffset instant) => Now = instant > Now ? instant : Now;
}
