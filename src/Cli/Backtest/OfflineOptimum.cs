using OptiInfra.Agents.Scouting;
using OptiInfra.Contracts.LiveMigrations;

namespace OptiInfra.Cli.Backtest;

/// <summary>
/// The least cost that anybody could have had who knew the whole trace, by dynamic programming over readings and units of work;
/// a changeover is counted as work to do, as the simulation counts it, rounded to units.
/// </summary>
static class OfflineOptimum
{
    const int Modes = 3;

    /// <returns>In units of what the work alone costs on demand; infinite where nobody could have been in time.</returns>
    public static double Cost(AvailabilityTrace trace, int start, BacktestJob job)
    {
        var gap = trace.Gap.TotalHours;
        // units of about two minutes that divide a reading
        var perReading = Math.Max(1, (int)Math.Round(gap * 30));
        var unit = gap / perReading;
        var work = (int)Math.Round(job.WorkHours / unit);
        var changeover = (int)Math.Round(job.ChangeoverHours / unit);
        var readings = Math.Min((int)Math.Floor(job.DeadlineHours / gap + 1e-9), trace.Available.Count - start);
        var later = new double[(work + changeover + 1) * Modes];
        var now = new double[later.Length];
        Array.Fill(later, double.PositiveInfinity, Modes, later.Length - Modes);
        for (var i = readings - 1; i >= 0; i--)
        {
            var available = trace.Available[start + i];
            for (var left = 1; left <= work + changeover; left++)
                for (var on = 0; on < Modes; on++)
                {
                    var running = on == (int)RunsOn.Spot && !available ? (int)RunsOn.Nothing : on;
                    var least = later[left * Modes + (int)RunsOn.Nothing];
                    for (var next = available ? (int)RunsOn.Spot : (int)RunsOn.OnDemand; next <= (int)RunsOn.OnDemand; next++)
                    {
                        var todo = left + (next == running ? 0 : changeover);
                        if (todo > work + changeover)
                            continue;
                        var rest = Math.Max(0, todo - perReading);
                        var price = next == (int)RunsOn.Spot ? job.SpotFraction : 1;
                        least = Math.Min(least, Math.Min(todo, perReading) * unit * price + later[rest * Modes + next]);
                    }

                    now[left * Modes + on] = least;
                }

            (later, now) = (now, later);
        }

        return later[work * Modes + (int)RunsOn.Nothing] / job.WorkHours;
    }
}
