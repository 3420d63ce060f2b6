using OptiInfra.Agents.Scouting;
using OptiInfra.Contracts.LiveMigrations;

namespace OptiInfra.Cli.Backtest;

/// <summary>Spot while there is any, waiting otherwise, and on demand when only that is sure to be in time.</summary>
sealed class Greedy(BacktestJob job) : IBacktestStrategy
{
    public RunsOn Choose(in Reading reading)
        => LastCall.Rings(job, reading) ? RunsOn.OnDemand : reading.Available ? RunsOn.Spot : RunsOn.Nothing;
}

/// <summary>
/// Uniform Progress (Wu et al., "Can't Be Late", NSDI 2024, section 5.2): work in proportion to the time gone; spot when there is
/// any, on demand when behind the line, and from there back to spot only when ahead of it by two changeovers.
/// </summary>
sealed class UniformProgress(BacktestJob job) : IBacktestStrategy
{
    public RunsOn Choose(in Reading reading)
    {
        if (LastCall.Rings(job, reading))
            return RunsOn.OnDemand;
        if (reading.Available)
            return reading.On == RunsOn.OnDemand && reading.Done < Expected(reading.At + 2 * job.ChangeoverHours) ? RunsOn.OnDemand : RunsOn.Spot;
        return reading.On == RunsOn.OnDemand || reading.Done < Expected(reading.At) ? RunsOn.OnDemand : RunsOn.Nothing;
    }

    double Expected(double at) => at * job.WorkHours / job.DeadlineHours;
}

static class LastCall
{
    /// <summary>The paper's safety net, two changeovers, plus the time until the next reading, without which it is late now and then.</summary>
    public static bool Rings(BacktestJob job, in Reading reading)
        => job.DeadlineHours - reading.At < job.WorkHours - reading.Done + 2 * job.ChangeoverHours + reading.Gap;
}

/// <summary>The scout itself, shown one pool; it learns from the readings as it does from a real pool.</summary>
sealed class Scouted(BacktestJob job, ScoutPolicy policy, DeadlinePlans plans) : IBacktestStrategy
{
    const decimal OnDemandHourlyUsd = 1;

    readonly Scout scout = new(policy, plans);
    HazardMultiplier availableEnds = HazardMultiplier.Prior;
    HazardMultiplier unavailableEnds = HazardMultiplier.Prior;
    bool? last;
    // before the first reading the spell has gone on for a while; the median one, as nothing is known
    double spell = 0.5;
    double here;

    public RunsOn Choose(in Reading reading)
    {
        Learn(reading);
        var spot = (decimal)job.SpotFraction;
        var decision = scout.Decide(new ScoutObservation(
            new ScoutedJob(
                job.WorkHours - reading.Done, job.DeadlineHours - reading.At, reading.On, reading.On == RunsOn.Spot ? "pool" : null,
                reading.On switch { RunsOn.Nothing => 0, RunsOn.Spot => spot, _ => OnDemandHourlyUsd }, here, reading.Pending,
                HoursSinceCheckpoint: 0, job.ChangeoverHours, OverlapHours: 0, EgressUsd: 0),
            [new SpotOffer("pool", spot, reading.Available, spell, availableEnds, unavailableEnds)],
            OnDemandHourlyUsd));
        here = decision.Moves ? reading.Gap : here + reading.Gap;
        return decision.On;
    }

    void Learn(in Reading reading)
    {
        if (last is { } before)
        {
            var ended = before != reading.Available;
            if (before)
                availableEnds = availableEnds.Seen(OfferHazard.Available, spell, spell + reading.Gap, ended);
            else
                unavailableEnds = unavailableEnds.Seen(OfferHazard.Unavailable, spell, spell + reading.Gap, ended);
            spell = ended ? 0 : spell + reading.Gap;
        }

        last = reading.Available;
    }
}
