using OptiInfra.Agents.Clouds;
using OptiInfra.Agents.Collectors;
using OptiInfra.Agents.Prices;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Agents.Cost;

/// <summary>A step of an observation. <paramref name="Of"/> is 0 where the end is not known.</summary>
public sealed record ObservationProgress(string Step, int Done, int Of);

/// <summary>Collects everything that the analysis of a fleet looks at: once per instance type and pool, not per instance.</summary>
public sealed class FleetObserver(ICloud cloud, IUtilisation utilisation, PriceBook prices, TimeProvider clock)
{
    /// <summary>Observes the instances that the selector names.</summary>
    /// <exception cref="BadInputException">The selector names an instance that does not exist, or a type that the cloud does not know is in the fleet.</exception>
    public async Task<FleetObservation> ObserveAsync(FleetSelector selector, MigrationPolicy policy, IProgress<ObservationProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var instances = new List<FleetInstance>();
        await foreach (var instance in cloud.DescribeFleetAsync(selector, cancellationToken).ConfigureAwait(false))
        {
            // what an earlier migration launched and is being taken away is no longer of the fleet
            if (instance.State is not ("shutting-down" or "terminated"))
                instances.Add(instance);
            if (instances.Count > 0 && instances.Count % 1000 == 0)
                progress?.Report(new ObservationProgress("instances", instances.Count, 0));
        }

        var found = instances.Select(i => i.InstanceId).ToHashSet(StringComparer.Ordinal);
        if (selector.InstanceIds.FirstOrDefault(id => !found.Contains(id)) is { } missing)
            throw new BadInputException($"There is no instance {missing} in {cloud.Region}{(selector.Tags.Count > 0 ? " with the selector's tags" : "")}, or it is terminated; correct the list of instances.");
        return await ObserveAsync(instances, policy, progress, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Observes the given instances, for example from a file.</summary>
    /// <exception cref="BadInputException">A type that the cloud does not know is among them.</exception>
    public async Task<FleetObservation> ObserveAsync(IReadOnlyList<FleetInstance> instances, MigrationPolicy policy, IProgress<ObservationProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var now = clock.GetUtcNow();
        var from = now - policy.Lookback;
        progress?.Report(new ObservationProgress("instances", instances.Count, instances.Count));

        var known = (await cloud.DescribeInstanceTypesAsync([], cancellationToken).ConfigureAwait(false)).ToDictionary(t => t.InstanceType, StringComparer.Ordinal);
        var used = instances.Select(i => i.InstanceType).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        foreach (var type in used)
        {
            if (!known.ContainsKey(type))
                throw new BadInputException($"Instance type '{type}' (of {instances.First(i => i.InstanceType == type).InstanceId}) is not known in {cloud.Region}; correct it or leave that instance out.");
        }

        var relevant = known.Values.Where(t => used.Exists(u => u == t.InstanceType || Candidates.CanReplace(t, known[u], prices.OnDemandHourlyUsd)))
            .OrderBy(t => t.InstanceType, StringComparer.Ordinal).ToList();
        var spot = await SpotPricesAsync([.. relevant.Select(t => t.InstanceType)], from, now, progress, cancellationToken).ConfigureAwait(false);
        var use = await utilisation.ReadAsync([.. instances.Where(i => i.State == "running").Select(i => i.InstanceId)], from, now, progress, cancellationToken).ConfigureAwait(false);
        var names = relevant.Select(t => t.InstanceType).ToHashSet(StringComparer.Ordinal);
        return new FleetObservation(
            now, cloud.Region,
            [.. instances.OrderBy(i => i.InstanceId, StringComparer.Ordinal).Select(i => new ObservedInstance(i, use.GetValueOrDefault(i.InstanceId)?.Cpu, use.GetValueOrDefault(i.InstanceId)?.Memory))],
            relevant, spot,
            Sorted(prices.OnDemandHourlyUsd.Where(p => names.Contains(p.Key))),
            Sorted(prices.InterruptionBands.Where(p => names.Contains(p.Key))));
    }

    async Task<IReadOnlyList<SpotPriceHistory>> SpotPricesAsync(IReadOnlyCollection<string> types, DateTimeOffset from, DateTimeOffset to, IProgress<ObservationProgress>? progress, CancellationToken cancellationToken)
    {
        var pools = new Dictionary<CapacityPool, List<SpotPricePoint>>();
        var read = 0;
        await foreach (var point in cloud.SpotPricesAsync(types, from, to, cancellationToken).ConfigureAwait(false))
        {
            var pool = new CapacityPool(CapacityType.Spot, point.InstanceType, point.AvailabilityZone);
            if (!pools.TryGetValue(pool, out var points))
                pools[pool] = points = [];
            points.Add(point);
            if (++read % 1000 == 0)
                progress?.Report(new ObservationProgress("spot prices", read, 0));
        }

        progress?.Report(new ObservationProgress("spot prices", read, read));
        return
        [
            .. from pool in pools
               orderby pool.Key.InstanceType, pool.Key.AvailabilityZone
               let price = TimeWeightedPrice.Of(pool.Value, @from, to)
               where price is not null
               select new SpotPriceHistory(pool.Key, price.CurrentHourlyUsd, decimal.Round(price.MeanHourlyUsd, 6), price.HighestHourlyUsd, price.Changes),
        ];
    }

    static SortedDictionary<string, T> Sorted<T>(IEnumerable<KeyValuePair<string, T>> pairs) => new(pairs.ToDictionary(StringComparer.Ordinal), StringComparer.Ordinal);
}
