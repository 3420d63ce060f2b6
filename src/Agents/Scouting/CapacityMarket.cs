using System.Collections.Concurrent;
using OptiInfra.Agents.Clouds;
using OptiInfra.Agents.Prices;
using OptiInfra.Contracts;
using OptiInfra.Contracts.LiveMigrations;
using OptiInfra.EventStore;

namespace OptiInfra.Agents.Scouting;

/// <summary>Every pool that fits, as it stood at one look.</summary>
/// <param name="Spot">Pools with a price.</param>
/// <param name="OnDemand">The cheapest first; at least one, or there is no market.</param>
public sealed record MarketView(DateTimeOffset At, IReadOnlyList<SpotPoolView> Spot, IReadOnlyList<OnDemandPoolView> OnDemand);

/// <param name="HighestUsd">Of the last minutes: what a job that runs elsewhere reckons with, so that it follows no price that leapfrogs.</param>
/// <param name="LowestUsd">Of the last minutes: what a job that runs there reckons with, so that a spike drives it nowhere.</param>
public sealed record SpotPoolView(PoolSpell Spell, decimal HourlyUsd, decimal HighestUsd, decimal LowestUsd, int? PlacementScore);

public sealed record OnDemandPoolView(CapacityPool Pool, decimal HourlyUsd);

/// <summary>
/// Looks at all capacity that fits and learns how it comes and goes. Jobs of the same needs share a look; what is learned is
/// kept in documents of the platform's own tenant.
/// </summary>
public sealed class CapacityMarket(ICloud cloud, PriceBook prices, IDocumentStore store, TimeProvider clock)
{
    /// <summary>Amazon scores fewer than three types low whatever the stock, and takes a few hundred.</summary>
    const int FewestScoredTypes = 3;
    const int MostScoredTypes = 40;
    static readonly TimeSpan PriceMemory = TimeSpan.FromMinutes(10);
    static readonly TimeSpan CoolDown = TimeSpan.FromMinutes(3);
    static readonly TimeSpan FactsKept = TimeSpan.FromHours(12);

    readonly ConcurrentDictionary<string, Look> looks = new(StringComparer.Ordinal);
    (DateTimeOffset At, IReadOnlyList<InstanceTypeFacts> Types, IReadOnlyList<string> Zones)? facts;

    /// <param name="freshness">A look of that age will do.</param>
    public async Task<MarketView> ObserveAsync(MachineNeeds needs, TimeSpan freshness, CancellationToken cancellationToken)
    {
        var look = looks.GetOrAdd(Key(needs), _ => new Look());
        await look.Turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var now = clock.GetUtcNow();
            if (look.View is not { } view || now - view.At > freshness || view.At > now)
                look.View = view = await LookAsync(needs, now, cancellationToken).ConfigureAwait(false);
            return view;
        }
        finally
        {
            look.Turn.Release();
        }
    }

    /// <summary>An instance of ours was taken back there, or a launch found nothing.</summary>
    public async Task LearnAsync(CapacityPool pool, bool interrupted, CancellationToken cancellationToken)
    {
        if (pool.CapacityType is not CapacityType.Spot)
            return;
        var now = clock.GetUtcNow();
        var session = store.LightweightSession();
        await using var _ = session.ConfigureAwait(false);
        var spell = await session.LoadAsync<PoolSpell>(PoolSpell.IdOf(pool), cancellationToken).ConfigureAwait(false) ?? PoolSpell.First(pool, available: true, now);
        session.Store(interrupted ? spell.Interrupted(now) : spell.Empty(now, now + CoolDown));
        await session.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
        // the next job must not be sent there by a look of before
        foreach (var look in looks.Values)
            look.View = null;
    }

    async Task<MarketView> LookAsync(MachineNeeds needs, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (types, zones) = await FactsAsync(now, cancellationToken).ConfigureAwait(false);
        var fitting = types.Where(t => Fits(t, needs)).OrderBy(t => prices.OnDemandHourlyUsd[t.InstanceType]).Select(t => t.InstanceType).ToList();
        if (fitting.Count == 0)
            return new MarketView(now, [], []);
        var allowed = zones.Where(z => needs.AvailabilityZones.Count == 0 || needs.AvailabilityZones.Contains(z)).ToHashSet(StringComparer.Ordinal);
        var spot = await SpotPricesAsync(fitting, allowed, now, cancellationToken).ConfigureAwait(false);
        var scores = fitting.Count < FewestScoredTypes ? new Dictionary<string, int>()
            : await cloud.PlacementScoresAsync([.. fitting.Take(MostScoredTypes)], 1, cancellationToken).ConfigureAwait(false);
        var spells = await LearnAsync([.. spot.Keys], now, cancellationToken).ConfigureAwait(false);
        return new MarketView(
            now,
            [.. spot.Select(p => new SpotPoolView(spells[p.Key], p.Value.Current, p.Value.Highest, p.Value.Lowest, scores.TryGetValue(p.Key.AvailabilityZone, out var score) ? score : null)).OrderBy(p => p.HourlyUsd).ThenBy(p => p.Spell.Pool.ToString(), StringComparer.Ordinal)],
            [
                .. from type in fitting
                   from zone in allowed.Order(StringComparer.Ordinal)
                   let pool = new CapacityPool(CapacityType.OnDemand, type, zone)
                   orderby cloud.IsCoolingDown(pool), prices.OnDemandHourlyUsd[type]
                   select new OnDemandPoolView(pool, prices.OnDemandHourlyUsd[type]),
            ]);
    }

    bool Fits(InstanceTypeFacts type, MachineNeeds needs) =>
        (needs.InstanceTypes.Count == 0 ? !type.Burstable && (needs.MinGpus > 0 || type.Gpus == 0) : needs.InstanceTypes.Contains(type.InstanceType))
        && type.Architecture == needs.Architecture
        && type.VCpus >= needs.MinVCpus && type.MemoryMib >= needs.MinMemoryMib && type.Gpus >= needs.MinGpus
        && prices.OnDemandHourlyUsd.ContainsKey(type.InstanceType);

    async Task<Dictionary<CapacityPool, (decimal Current, decimal Highest, decimal Lowest)>> SpotPricesAsync(List<string> types, HashSet<string> zones, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var points = new List<SpotPricePoint>();
        await foreach (var point in cloud.SpotPricesAsync(types, now - PriceMemory, now, cancellationToken).ConfigureAwait(false))
        {
            if (zones.Contains(point.AvailabilityZone))
                points.Add(point);
        }

        // the change before the window gave the price at its beginning, so it counts too
        return points.GroupBy(p => new CapacityPool(CapacityType.Spot, p.InstanceType, p.AvailabilityZone)).ToDictionary(
            pool => pool.Key,
            pool => (pool.MaxBy(p => p.At)!.HourlyUsd, pool.Max(p => p.HourlyUsd), pool.Min(p => p.HourlyUsd)));
    }

    /// <summary>A pool with a price is taken to have capacity until a launch or an interruption says otherwise: the cloud does not tell.</summary>
    async Task<Dictionary<CapacityPool, PoolSpell>> LearnAsync(IReadOnlyList<CapacityPool> pools, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var session = store.LightweightSession();
        await using var _ = session.ConfigureAwait(false);
        var known = (await session.QueryAsync<PoolSpell>("where id = any($1)", cancellationToken, [pools.Select(PoolSpell.IdOf).ToArray()]).ConfigureAwait(false)).ToDictionary(s => s.Pool);
        var seen = new Dictionary<CapacityPool, PoolSpell>();
        foreach (var pool in pools)
        {
            var before = known.GetValueOrDefault(pool);
            var available = !cloud.IsCoolingDown(pool) && !(before?.EmptyUntil > now);
            seen[pool] = before?.Seen(available, now) ?? PoolSpell.First(pool, available, now);
            if (!seen[pool].Equals(before))
                session.Store(seen[pool]);
        }

        await session.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
        return seen;
    }

    async Task<(IReadOnlyList<InstanceTypeFacts> Types, IReadOnlyList<string> Zones)> FactsAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (facts is not { } known || now - known.At > FactsKept)
        {
            var types = await cloud.DescribeInstanceTypesAsync([.. prices.OnDemandHourlyUsd.Keys], cancellationToken).ConfigureAwait(false);
            facts = known = (now, types, await cloud.AvailabilityZonesAsync(cancellationToken).ConfigureAwait(false));
        }

        return (known.Types, known.Zones);
    }

    static string Key(MachineNeeds needs) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture,
            $"{needs.Architecture}|{needs.MinVCpus}|{needs.MinMemoryMib}|{needs.MinGpus}|{string.Join(',', needs.InstanceTypes)}|{string.Join(',', needs.AvailabilityZones)}");

    sealed class Look
    {
        public SemaphoreSlim Turn { get; } = new(1);
        public MarketView? View { get; set; }
    }
}
