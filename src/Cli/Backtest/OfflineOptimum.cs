namespace OptiInfra.Cli.Backtest;

/// <summary>
/// The least cost that anybody could have had who knew the whole trace, by dynamic programming over readings, units of work and
/// places; a changeover is counted as work to do, as the simulation counts it, rounded to units.
/// </summary>
static class OfflineOptimum
{
    const int Nothing = 0;
    const int OnDemand = 1;
    const int FirstPool = 2;

    /// <returns>In units of what the work alone costs on demand; infinite where nobody could have been in time.</returns>
    public static double Cost(MarketTrace market, int start, BacktestJob job)
    {
        var gap = market.Gap.TotalHours;
        // units of about two minutes that divide a reading
        var perReading = Math.Max(1, (int)Math.Round(gap * 30));
        var unit = gap / perReading;
        var work = (int)Math.Round(job.WorkHours / unit);
        var changeover = (int)Math.Round(job.ChangeoverHours / unit);
        var readings = Math.Min((int)Math.Floor(job.DeadlineHours / gap + 1e-9), market.Count - start);
        var places = FirstPool + market.Pools.Count;
        var prices = new double[places];
        prices[OnDemand] = 1;
        var later = new double[(work + changeover + 1) * places];
        var now = new double[later.Length];
        Array.Fill(later, double.PositiveInfinity, places, later.Length - places);
        for (var i = start + readings - 1; i >= start; i--)
        {
            for (var pool = 0; pool < market.Pools.Count; pool++)
                prices[FirstPool + pool] = market.Pools[pool].Readings[i] is { Available: true } reading ? reading.Price : double.PositiveInfinity;
            for (var left = 1; left <= work + changeover; left++)
            {
                // whatever it ran on before, it may stop or start anywhere; starting anew where it is costs no less than staying
                var moving = later[left * places + Nothing];
                if (left <= work)
                    for (var next = OnDemand; next < places; next++)
                        moving = Math.Min(moving, Running(left + changeover, next));
                now[left * places + Nothing] = moving;
                for (var on = OnDemand; on < places; on++)
                    now[left * places + on] = Math.Min(moving, Running(left, on));
            }

            (later, now) = (now, later);
        }

        return later[work * places + Nothing] / job.WorkHours;

        double Running(int todo, int on) => double.IsInfinity(prices[on])
            ? double.PositiveInfinity
            : Math.Min(todo, perReading) * unit * prices[on] + later[Math.Max(0, todo - perReading) * places + on];
    }
}
