using System.Runtime.InteropServices;
using OptiInfra.Contracts.LiveMigrations;

namespace OptiInfra.Cli.Backtest;

/// <summary>What is run against every trace. Durations in hours.</summary>
/// <param name="WorkHours">Of one machine.</param>
/// <param name="DeadlineHours">From the start.</param>
/// <param name="ChangeoverHours">Without progress after each start.</param>
sealed record BacktestJob(double WorkHours, double DeadlineHours, double ChangeoverHours);

/// <summary>What a job runs on.</summary>
/// <param name="On">Nothing, spot or on demand.</param>
/// <param name="Pool">On spot, which of the market's pools; -1 otherwise.</param>
[StructLayout(LayoutKind.Auto)]
readonly record struct Place(RunsOn On, int Pool)
{
    public static Place Nothing { get; } = new(RunsOn.Nothing, -1);
    public static Place OnDemand { get; } = new(RunsOn.OnDemand, -1);

    public static Place Spot(int pool) => new(RunsOn.Spot, pool);
}

/// <summary>What a strategy knows at a reading; durations in hours.</summary>
/// <param name="Market">Only its present reading may be looked at.</param>
/// <param name="Index">Of the reading in its trace.</param>
/// <param name="At">Since the start.</param>
/// <param name="On">What the job runs on; nothing where it has just been interrupted.</param>
/// <param name="Done">Work done.</param>
/// <param name="Pending">Left of a changeover.</param>
[StructLayout(LayoutKind.Auto)]
readonly record struct Reading(MarketTrace Market, int Index, double At, Place On, double Done, double Pending)
{
    /// <summary>Until the next reading.</summary>
    public double Gap => Market.Gap.TotalHours;

    public PoolReading Pool(int pool) => Market.Pools[pool].Readings[Index];

    /// <summary>The cheapest pool with capacity, the one that the job runs in if none is cheaper; nothing where there is none.</summary>
    public Place Cheapest()
    {
        var best = On.On == RunsOn.Spot && Pool(On.Pool).Available ? On.Pool : -1;
        for (var pool = 0; pool < Market.Pools.Count; pool++)
            if (Pool(pool).Available && (best < 0 || Pool(pool).Price < Pool(best).Price))
                best = pool;
        return best < 0 ? Place.Nothing : Place.Spot(best);
    }
}

/// <summary>Decides at each reading of a market what the job runs on until the next. One instance per run.</summary>
interface IBacktestStrategy
{
    Place Choose(in Reading reading);
}

/// <summary>One run of a job.</summary>
/// <param name="Cost">In units of what the work alone costs on demand.</param>
/// <param name="FinishedAt">In hours; null where the trace was over first.</param>
/// <param name="Starts">How often a machine was started.</param>
/// <param name="Moments">What it ran on from when, and the work done by then; empty where not asked for.</param>
sealed record BacktestRun(double Cost, double? FinishedAt, int Starts, IReadOnlyList<(double At, Place On, double Done)> Moments);

static class Simulation
{
    const double Rounding = 1e-9;

    /// <summary>
    /// Runs a job over the readings from <paramref name="start"/> on: capacity and prices stay as they were read until the next
    /// reading, a spot machine is lost with its capacity, each start waits for the changeover, and machines are paid for from
    /// their start, one at a time.
    /// </summary>
    public static BacktestRun Run(MarketTrace market, int start, BacktestJob job, IBacktestStrategy strategy, bool record = false)
    {
        var gap = market.Gap.TotalHours;
        double done = 0, pending = 0, cost = 0;
        var on = Place.Nothing;
        var starts = 0;
        List<(double, Place, double)> moments = [];
        for (var i = start; i < market.Count; i++)
        {
            var at = (i - start) * gap;
            if (!There(on))
                (on, pending) = (Place.Nothing, 0);
            var next = strategy.Choose(new Reading(market, i, at, on, done, pending));
            if (!There(next))
                next = Place.Nothing;
            if (next != on && next != Place.Nothing)
            {
                pending = job.ChangeoverHours;
                starts++;
            }

            on = next;
            if (record)
                moments.Add((at, on, done));
            if (on == Place.Nothing)
                continue;
            var waited = Math.Min(pending, gap);
            var worked = Math.Min(gap - waited, job.WorkHours - done);
            pending -= waited;
            done += worked;
            var finished = done >= job.WorkHours - Rounding;
            cost += (finished ? waited + worked : gap) * (on.On == RunsOn.Spot ? market.Pools[on.Pool].Readings[i].Price : 1);
            if (!finished)
                continue;
            if (record)
                moments.Add((at + waited + worked, Place.Nothing, done));
            return new BacktestRun(cost / job.WorkHours, at + waited + worked, starts, moments);

            bool There(Place place) => place.On != RunsOn.Spot || market.Pools[place.Pool].Readings[i].Available;
        }

        return new BacktestRun(cost / job.WorkHours, null, starts, moments);
    }
}
