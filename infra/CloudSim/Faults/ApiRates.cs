namespace OptiInfra.CloudSim.Faults;

/// <summary>
/// AWS's token buckets per API (burst, refill per second), as in "Request throttling for the Amazon EC2 API" of the EC2 developer guide.
/// They run on the cloud's clock.
/// </summary>
public sealed class ApiRates
{
    private readonly Dictionary<string, (double Tokens, DateTimeOffset At)> _buckets = new(StringComparer.Ordinal);

    public bool Enabled { get; set; }

    /// <summary>Takes a token for a request; false means RequestLimitExceeded.</summary>
    /// <param name="unfiltered">True for a Describe call with neither filters nor paging nor ids, which has a smaller bucket.</param>
    public bool Admit(string action, bool unfiltered, DateTimeOffset now)
    {
        if (!Enabled)
        {
            return true;
        }

        var (burst, refill) = LimitOf(action, unfiltered);
        var name = unfiltered ? action + "/unfiltered" : action;
        return Take(name, 1, burst, refill, now);
    }

    /// <summary>Takes a token per instance launched or terminated.</summary>
    public bool AdmitResources(string action, int count, DateTimeOffset now)
    {
        if (!Enabled)
        {
            return true;
        }

        return action switch
        {
            "RunInstances" => Take(action + "/resources", count, 1000, 2, now),
            "TerminateInstances" => Take(action + "/resources", count, 1000, 20, now),
            _ => true,
        };
    }

    public void Forget() => _buckets.Clear();

    private static (double Burst, double Refill) LimitOf(string action, bool unfiltered) => action switch
    {
        "RunInstances" => (5, 2),
        "TerminateInstances" => (100, 5),
        "DescribeInstances" or "DescribeInstanceStatus" when unfiltered => (50, 10),
        _ when action.StartsWith("Describe", StringComparison.Ordinal) || action.StartsWith("Get", StringComparison.Ordinal) => (100, 20),
        _ => (50, 5),
    };

    private bool Take(string name, int count, double burst, double refill, DateTimeOffset now)
    {
        var (tokens, at) = _buckets.TryGetValue(name, out var known) ? known : (burst, now);
        tokens = Math.Min(burst, tokens + ((now - at).TotalSeconds * refill));
        var admitted = tokens >= count;
        _buckets[name] = (admitted ? tokens - count : tokens, now);
        return admitted;
    }
}
