namespace OptiInfra.CloudSim.Workloads;

/// <summary>A Prometheus histogram: how many observations fell at or under each edge.</summary>
public sealed class Histogram(IReadOnlyList<double> edges)
{
    private readonly long[] _counts = new long[edges.Count + 1];

    /// <summary>Upper edges, ascending, without +Inf.</summary>
    public IReadOnlyList<double> Edges { get; } = edges;

    public long Count { get; private set; }

    public double Sum { get; private set; }

    public void Observe(double value)
    {
        var low = 0;
        var high = Edges.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (Edges[middle] < value)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        _counts[low]++;
        Count++;
        Sum += value;
    }

    /// <summary>Observations at or under each edge, then all of them.</summary>
    public IEnumerable<long> Cumulative()
    {
        var running = 0L;
        foreach (var count in _counts)
        {
            running += count;
            yield return running;
        }
    }
}
