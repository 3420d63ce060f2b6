namespace OptiInfra.Contracts.SpotMigrations;

/// <summary>Use of one resource over the lookback, in hourly values. Fractions 0..1.</summary>
public sealed record UtilisationHistory(int Hours, double Mean, double P95, double Peak, double CoefficientOfVariation);

/// <summary>An instance with what is known of its use; null where nothing is known (which is not the same as idle).</summary>
public sealed record ObservedInstance(FleetInstance Instance, UtilisationHistory? Cpu, UtilisationHistory? Memory);

/// <summary>A spot pool's price over the lookback, in USD per hour, weighted by how long each price held.</summary>
public sealed record SpotPriceHistory(CapacityPool Pool, decimal CurrentHourlyUsd, decimal MeanHourlyUsd, decimal HighestHourlyUsd, int Changes);

/// <summary>Everything that the fleet's analysis looked at, as it was at one instant.</summary>
/// <param name="OnDemandHourlyUsd">On-demand list price by instance type, USD per hour.</param>
/// <param name="InterruptionBands">Interruption band by instance type: 0 below 5 % a month, 1 to 10 %, 2 to 15 %, 3 to 20 %, 4 above.</param>
public sealed record FleetObservation(
    DateTimeOffset At,
    string Region,
    IReadOnlyList<ObservedInstance> Instances,
    IReadOnlyList<InstanceTypeFacts> InstanceTypes,
    IReadOnlyList<SpotPriceHistory> SpotPrices,
    IReadOnlyDictionary<string, decimal> OnDemandHourlyUsd,
    IReadOnlyDictionary<string, int> InterruptionBands);

/// <summary>What an agent looked at besides the plan and the fleet's analysis when it voted; null what this agent does not look at.</summary>
/// <param name="SpotPrices">Prices in force at the vote of the types that the plan may move to; a pool of theirs that is absent had none.</param>
/// <param name="Placement">The cloud's answers about capacity.</param>
/// <param name="AvailabilityZones">Zones of the region that could be used.</param>
/// <param name="Unreadable">Instances whose latency could not be read, each with why.</param>
public sealed record VoteObservation(
    IReadOnlyList<PoolPrice>? SpotPrices = null,
    IReadOnlyList<PlacementObservation>? Placement = null,
    IReadOnlyList<string>? AvailabilityZones = null,
    IReadOnlyList<string>? Unreadable = null);

/// <summary>A pool's price at one instant, USD per hour.</summary>
public sealed record PoolPrice(CapacityPool Pool, decimal HourlyUsd);

/// <summary>Placement scores of one set of instance types, asked for once for all instances that may move to them.</summary>
/// <param name="ByZone">1 to 10 by availability zone; null where they could not be had.</param>
/// <param name="Problem">Why they could not be had.</param>
public sealed record PlacementObservation(
    IReadOnlyList<string> InstanceIds,
    IReadOnlyList<string> InstanceTypes,
    IReadOnlyDictionary<string, int>? ByZone,
    string? Problem);
