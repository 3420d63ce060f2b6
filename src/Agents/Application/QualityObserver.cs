using System.Collections.Concurrent;
using OptiInfra.Agents.Clouds;
using OptiInfra.Agents.Collectors;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Agents.Application;

/// <summary>Takes the counters of many instances at once.</summary>
public sealed class QualityObserver(ICloud cloud, IInstanceMetrics metrics)
{
    const int AtOnce = 32;

    /// <summary>A snapshot for each instance that could be read, in the order asked for, and why the others could not.</summary>
    public async Task<(IReadOnlyList<QualitySnapshot> Snapshots, IReadOnlyList<string> Unreadable)> SnapshotAsync(IReadOnlyList<string> instanceIds, CancellationToken cancellationToken)
    {
        var instances = (await cloud.DescribeAsync(instanceIds, cancellationToken).ConfigureAwait(false)).ToDictionary(i => i.InstanceId, StringComparer.Ordinal);
        var readings = new ConcurrentDictionary<string, InstanceReading>(StringComparer.Ordinal);
        await Parallel.ForEachAsync(instances.Values, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
            async (instance, token) => readings[instance.InstanceId] = await ReadAsync(instance, token).ConfigureAwait(false)).ConfigureAwait(false);

        var snapshots = new List<QualitySnapshot>();
        var unreadable = new List<string>();
        foreach (var id in instanceIds)
        {
            if (!readings.TryGetValue(id, out var reading))
                unreadable.Add($"{id}: the cloud does not know it");
            else if (reading.Snapshot is { } snapshot)
                snapshots.Add(snapshot);
            else
                unreadable.Add($"{id}: {reading.Problem}");
        }

        return (snapshots, unreadable);
    }

    // one scrape may fail by chance; two in a row are a finding
    async Task<InstanceReading> ReadAsync(FleetInstance instance, CancellationToken cancellationToken)
    {
        var reading = await metrics.ReadAsync(instance, cancellationToken).ConfigureAwait(false);
        return reading.Snapshot is null ? await metrics.ReadAsync(instance, cancellationToken).ConfigureAwait(false) : reading;
    }
}
