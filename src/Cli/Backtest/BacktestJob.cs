using OptiInfra.Agents.Scouting;
using OptiInfra.Contracts.LiveMigrations;

namespace OptiInfra.Cli.Backtest;

/// <summary>What is run against every trace. Durations in hours.</summary>
/// <param name="WorkHours">Of one machine.</param>
/// <param name="DeadlineHours">From the start.</param>
/// <param name="ChangeoverHours">Without progress after each start.</param>
/// <param name="SpotFraction">Spot price as a fraction of the on-demand price.</param>
sealed record BacktestJob(double WorkHours, double DeadlineHours, double ChangeoverHours, double SpotFraction);

/// <summary>What a strategy knows at a reading; durations in hours.</summary>
/// <param name="At">Since the start.</param>
/// <param name="Gap">Until the next reading.</param>
/// <param name="Available">Spot capacity is there until then.</param>
/// <param name="On">What the job runs on; nothing where it has just been interrupted.</param>
/// <param name="Done">Work done.</param>
/// <param name="Pending">Left of a changeover.</param>
readonly record struct Reading(double At, double Gap, bool Available, RunsOn On, double Done, double Pending);

/// <summary>Decides at each reading of a trace what the job runs on until the next. One instance per run.</summary>
interface IBacktestStrategy
{
    RunsOn Choose(in Reading reading);
}

/// <summary>One run of a job.</summary>
/// <param name="Cost">In units of what the work alone costs on demand.</param>
/// <param name="FinishedAt">In hours; null where the trace was over first.</param>
/// <param name="Starts">How often a machine was started.</param>
/// <param name="Moments">What it ran on from when, and the work done by then; empty where not asked for.</param>
sealed record BacktestRun(double Cost, double? FinishedAt, int Starts, IReadOnlyList<(double At, RunsOn On, double Done)> Moments);

static class Simulation
{
    const double Rounding = 1e-9;

    /// <summary>
    /// Runs a job over the readings from <paramref name="start"/> on: capacity stays as it was read until the next reading, a spot
    /// machine is lost with it, each start waits for the changeover, and machines are paid for from their start.
    /// </summary>
    public static BacktestRun Run(AvailabilityTrace trace, int start, BacktestJob job, IBacktestStrategy strategy, bool record = false)
    {
        var gap = trace.Gap.TotalHours;
        double done = 0, pending = 0, cost = 0;
        var on = RunsOn.Nothing;
        var starts = 0;
        List<(double, RunsOn, double)> moments = [];
        for (var i = start; i < trace.Available.Count; i++)
        {
            var at = (i - start) * gap;
            var available = trace.Available[i];
            if (on == RunsOn.Spot && !available)
                (on, pending) = (RunsOn.Nothing, 0);
            var next = strategy.Choose(new Reading(at, gap, available, on, done, pending));
            if (next == RunsOn.Spot && !available)
                next = RunsOn.Nothing;
            if (next != on && next != RunsOn.Nothing)
            {
                pending = job.ChangeoverHours;
                starts++;
            }

            on = next;
            if (record)
                moments.Add((at, on, done));
            if (on == RunsOn.Nothing)
                continue;
            var waited = Math.Min(pending, gap);
            var worked = Math.Min(gap - waited, job.WorkHours - done);
            pending -= waited;
            done += worked;
            var finished = done >= job.WorkHours - Rounding;
            cost += (finished ? waited + worked : gap) * (on == RunsOn.Spot ? job.SpotFraction : 1);
            if (!finished)
                continue;
            if (record)
                moments.Add((at + waited + worked, RunsOn.Nothing, done));
            return new BacktestRun(cost / job.WorkHours, at + waited + worked, starts, moments);
        }

        return new BacktestRun(cost / job.WorkHours, null, starts, moments);
    }
}
