using MathNet.Numerics.Distributions;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Commands.Tests.Gate;

/// <summary>A service as its users see it: latencies spread log-normally, errors at random.</summary>
/// <param name="P95Seconds">When nothing is wrong.</param>
/// <param name="Sigma">Of the logarithm of latency.</param>
public sealed record Service(string Name, IReadOnlyList<double> Bounds, double P95Seconds, double Sigma, double ErrorRate)
{
    // a 95th percentile lies this many standard deviations above the median
    const double NormalP95 = 1.6448536269514722;

    /// <summary>A web service behind the default buckets of Prometheus' clients: all of its latencies lie in three of them.</summary>
    public static Service Web { get; } = new("web, default buckets", [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10], 0.18, 0.30, 0.005);

    /// <summary>Likewise, in bursts.</summary>
    public static Service BurstyWeb { get; } = Web with { Name = "bursty web, default buckets", Sigma = 0.42 };

    /// <summary>A language model behind vLLM's buckets of end-to-end latency.</summary>
    public static Service Model { get; } = new("language model, vLLM's buckets", [0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60], 2.4, 0.36, 0.005);

    public static Service FlawlessWeb { get; } = Web with { Name = "web without errors", ErrorRate = 0 };

    /// <summary>As many requests as on average fall into each bucket; no error.</summary>
    public QualityWindow Expected(string instanceId, int requests, double latencyFactor = 1)
    {
        var median = Math.Log(P95Seconds * latencyFactor) - (NormalP95 * Sigma);
        long[] upTo = [0, .. Bounds.Select(b => (long)Math.Round(requests * Normal.CDF(0, 1, (Math.Log(b) - median) / Sigma))), requests];
        return new QualityWindow(instanceId, Spec.Noon, Spec.Noon.AddMinutes(5), Bounds, [.. upTo.Zip(upTo.Skip(1), (a, b) => b - a)], requests, 0);
    }

    public QualityWindow Serve(Random random, string instanceId, int requests, double latencyFactor = 1, double addedErrorRate = 0)
    {
        var median = Math.Log(P95Seconds * latencyFactor) - (NormalP95 * Sigma);
        var shares = Bounds.Select(b => Normal.CDF(0, 1, (Math.Log(b) - median) / Sigma)).ToArray();
        var counts = new long[Bounds.Count + 1];
        long errors = 0;
        for (var i = 0; i < requests; i++)
        {
            var draw = random.NextDouble();
            var bucket = 0;
            while (bucket < shares.Length && draw > shares[bucket])
                bucket++;
            counts[bucket]++;
            if (random.NextDouble() < ErrorRate + addedErrorRate)
                errors++;
        }

        return new QualityWindow(instanceId, Spec.Noon, Spec.Noon.AddMinutes(5), Bounds, counts, requests, errors);
    }
}
