using System.Collections.Concurrent;
using OptiInfra.Agents.Collectors;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Agents.Tests.Scenes;

/// <summary>Machines that each serve 100 requests a second of one shape, by the clock, unless a test says otherwise.</summary>
sealed class FakeMetrics(TimeProvider clock) : IInstanceMetrics
{
    static readonly double[] Bounds = [0.05, 0.1, 0.2, 0.4, 0.8];
    // cumulative shares; p95 lies in the third bucket
    static readonly double[] Healthy = [0.50, 0.90, 0.99, 1, 1, 1];
    static readonly double[] Slow = [0.10, 0.40, 0.60, 0.90, 1, 1];

    public ConcurrentDictionary<string, bool> Unhealthy { get; } = new(StringComparer.Ordinal);
    public ConcurrentDictionary<string, bool> Unreadable { get; } = new(StringComparer.Ordinal);
    public ConcurrentDictionary<string, TimeSpan> Noticed { get; } = new(StringComparer.Ordinal);

    /// <summary>Replacements of these instances are slow from their start.</summary>
    public ConcurrentDictionary<string, bool> SlowReplacementsOf { get; } = new(StringComparer.Ordinal);

    public Task<InstanceReading> ReadAsync(FleetInstance instance, CancellationToken cancellationToken = default)
    {
        var imminent = Noticed.TryGetValue(instance.InstanceId, out var left);
        if (Unreadable.ContainsKey(instance.InstanceId))
            return Task.FromResult(new InstanceReading(instance.InstanceId, null, "no answer", null, imminent, left));
        var now = clock.GetUtcNow();
        var requests = (long)((now - instance.LaunchTime).TotalSeconds * 100);
        var slow = instance.Tag(FleetTags.Replaces) is { } replaced && SlowReplacementsOf.ContainsKey(replaced);
        var buckets = (slow ? Slow : Healthy).Select(share => (long)(requests * share)).ToArray();
        return Task.FromResult(new InstanceReading(instance.InstanceId,
            new QualitySnapshot(instance.InstanceId, now, Bounds, buckets, requests, requests / 200), null, "http", imminent, imminent ? left : null));
    }

    public Task<bool> IsHealthyAsync(FleetInstance instance, CancellationToken cancellationToken = default) =>
        Task.FromResult(instance.State is "running" && !Unhealthy.ContainsKey(instance.InstanceId));
}

/// <summary>Every machine is half used, and has been for a week.</summary>
sealed class FakeUtilisation : IUtilisation
{
    public Task<IReadOnlyDictionary<string, InstanceUse>> ReadAsync(
        IReadOnlyList<string> instanceIds, DateTimeOffset from, DateTimeOffset to, IProgress<Agents.Cost.ObservationProgress>? progress, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyDictionary<string, InstanceUse>>(instanceIds.ToDictionary(id => id, _ => new InstanceUse(Given.Use(), Given.Use()), StringComparer.Ordinal));
}
