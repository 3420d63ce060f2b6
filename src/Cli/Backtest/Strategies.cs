using OptiInfra.Agents.Scouting;
using OptiInfra.Contracts;
using OptiInfra.Contracts.LiveMigrations;

namespace OptiInfra.Cli.Backtest;

/// <summary>
/// The cheapest spot while there is any, waiting otherwise, and on demand when only that is sure to be in time. It follows prices:
/// wherever it is cheaper, it moves, and reckons no changeover.
/// </summary>
sealed class Greedy(BacktestJob job) : IBacktestStrategy
{
    public Place Choose(in Reading reading) => LastCall.Rings(job, reading) ? Place.OnDemand : reading.Cheapest();
}

/// <summary>
/// Uniform Progress (Wu et al., "Can't Be Late", NSDI 2024, section 5.2): work in proportion to the time gone; spot when there is
/// any, on demand when behind the line, and from there back to spot only when ahead of it by two changeovers. It starts in the
/// cheapest pool and stays there while it holds.
/// </summary>
sealed class UniformProgress(BacktestJob job) : IBacktestStrategy
{
    public Place Choose(in Reading reading)
    {
        if (LastCall.Rings(job, reading))
            return Place.OnDemand;
        if (reading.On.On == RunsOn.Spot)
            return reading.On;
        var spot = reading.Cheapest();
        if (spot != Place.Nothing)
            return reading.On == Place.OnDemand && reading.Done < Expected(reading.At + 2 * job.ChangeoverHours) ? Place.OnDemand : spot;
        return reading.On == Place.OnDemand || reading.Done < Expected(reading.At) ? Place.OnDemand : Place.Nothing;
    }

    double Expected(double at) => at * job.WorkHours / job.DeadlineHours;
}

static class LastCall
{
    /// <summary>The paper's safety net, two changeovers, plus the time until the next reading, without which it is late now and then.</summary>
    public static bool Rings(BacktestJob job, in Reading reading)
        => job.DeadlineHours - reading.At < job.WorkHours - reading.Done + 2 * job.ChangeoverHours + reading.Gap;
}

/// <summary>The scout itself, shown the market as the platform shows it; it learns from the readings as it does from real pools.</summary>
sealed class Scouted(BacktestJob job, ScoutPolicy policy, DeadlinePlans plans) : IBacktestStrategy
{
    const decimal OnDemandHourlyUsd = 1;

    readonly Scout scout = new(policy, plans);
    SeenPool[] pools = [];
    Place chosen = Place.Nothing;
    double sinceStart;

    public Place Choose(in Reading reading)
    {
        if (pools.Length == 0)
            pools = [.. reading.Market.Pools.Select(p => new SeenPool(p.Name))];
        for (var pool = 0; pool < pools.Length; pool++)
            pools[pool].Look(reading.Pool(pool).Available, reading.At);
        // a single pool is never left alone: there is no other to go to meanwhile
        if (chosen.On == RunsOn.Spot && reading.On != chosen && pools.Length > 1)
            pools[chosen.Pool].TakenBack(reading.At);
        var decision = scout.Decide(new ScoutObservation(Job(reading), Offers(reading), OnDemandHourlyUsd));
        sinceStart = decision.Moves ? reading.Gap : sinceStart + reading.Gap;
        chosen = decision.On == RunsOn.Spot ? Place.Spot(Array.FindIndex(pools, p => p.Name == decision.Pool)) : new Place(decision.On, -1);
        return chosen;
    }

    ScoutedJob Job(in Reading reading)
    {
        var spot = reading.On.On == RunsOn.Spot ? reading.On.Pool : (int?)null;
        return new ScoutedJob(
            job.WorkHours - reading.Done, job.DeadlineHours - reading.At, reading.On.On, spot is { } own ? pools[own].Name : null,
            spot is { } pool ? (decimal)reading.Pool(pool).Lowest : reading.On.On == RunsOn.OnDemand ? OnDemandHourlyUsd : 0,
            Math.Max(0, sinceStart - job.ChangeoverHours), reading.Pending, HoursSinceCheckpoint: 0, job.ChangeoverHours,
            // the simulation pays for one machine at a time, and takes capacity away at readings only, where it is seen at once and all work is kept
            OverlapHours: 0, EgressUsd: 0, UnnoticedHours: 0);
    }

    /// <summary>Prices as the platform shows them: the present ones to a job that needs a place, otherwise such that it follows neither leapfrogging nor spikes.</summary>
    SpotOffer[] Offers(in Reading reading)
    {
        var offers = new SpotOffer[pools.Length];
        for (var pool = 0; pool < pools.Length; pool++)
        {
            var seen = reading.Pool(pool);
            var price = reading.On == Place.Nothing ? seen.Price : reading.On == Place.Spot(pool) ? seen.Lowest : seen.Highest;
            offers[pool] = pools[pool].Offer((decimal)price, reading.At);
        }

        return offers;
    }
}

/// <summary>What the scout has seen of one pool, as of a real one.</summary>
sealed class SeenPool(string name)
{
    static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch;

    PoolSpell? spell;
    DateTimeOffset? takenBackAt;

    public string Name => name;

    /// <param name="available">Capacity is there.</param>
    /// <param name="at">Hours since the start of the run.</param>
    public void Look(bool available, double at)
        => spell = spell?.Seen(available, Start.AddHours(at)) ?? PoolSpell.First(new CapacityPool(CapacityType.Spot, name, ""), available, Start.AddHours(at));

    /// <summary>It took an instance of the job back, at a look that has found it without capacity.</summary>
    public void TakenBack(double at)
    {
        takenBackAt = Start.AddHours(at);
        spell = spell!.Interrupted(takenBackAt.Value);
    }

    public SpotOffer Offer(decimal hourlyUsd, double at)
    {
        var now = Start.AddHours(at);
        var offer = spell!.Offer(hourlyUsd, placementScore: null, now) with { Pool = name };
        return now - takenBackAt < JobObservation.Shunned ? offer with { Available = false } : offer;
    }
}
