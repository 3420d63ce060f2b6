using MathNet.Numerics.Distributions;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Commands.SpotMigrations;

/// <summary>
/// A percentile of latency from a histogram's counts, with its standard error.
/// <para>
/// Between two bounds the logarithm of latency is taken as normally distributed, the way that request latencies mostly
/// are. Interpolating linearly, as Prometheus' histogram_quantile does, would hide most of a change: with the usual bounds
/// 0.1 and 0.25 s, a p95 that goes from 180 to 216 ms reads as 239 to 244 ms. What is read is comparable between
/// histograms with the same bounds; it is an estimate, not what some request took.
/// </para>
/// </summary>
static class HistogramPercentile
{
    const double Quantile = 0.95;
    const double NormalQuantile = 1.6448536269514722;
    // logarithms may differ in their last bit between machines; what is recorded must not
    const int Digits = 9;

    /// <returns>p95 in seconds and its relative standard error; null when it lies above the last bound or nothing was served.</returns>
    public static (double Seconds, double RelativeError)? P95(QualityWindow window)
    {
        double n = window.Counts.Sum();
        double below = 0;
        for (var i = 0; i < window.UpperBoundsSeconds.Count && n > 0; i++)
        {
            double count = window.Counts[i];
            if (below + count >= Quantile * n)
            {
                var (seconds, error) = i == 0
                    ? InFirst(window.UpperBoundsSeconds[0], count, n)
                    : Between(window.UpperBoundsSeconds[i - 1], window.UpperBoundsSeconds[i], below, below + count, n);
                return (Math.Round(seconds, Digits), Math.Round(error, Digits));
            }

            below += count;
        }

        return null;
    }

    /// <summary>The first bucket has no lower bound but zero, which has no logarithm: latencies are spread evenly.</summary>
    static (double Seconds, double RelativeError) InFirst(double bound, double count, double n)
    {
        var seconds = bound * Quantile * n / count;
        // sqrt(q(1-q)/n) / density: the asymptotic standard error of a sample quantile
        return (seconds, Math.Sqrt(Quantile * (1 - Quantile) / n) / (count / (n * bound)) / seconds);
    }

    /// <param name="under">Requests at or under the lower bound.</param>
    /// <param name="upTo">Requests at or under the upper bound.</param>
    static (double Seconds, double RelativeError) Between(double low, double high, double under, double upTo, double n)
    {
        // half a request more, so that "none" and "all" are no certainties
        var (f1, f2) = ((under + 0.5) / (n + 1), (upTo + 0.5) / (n + 1));
        var (z1, z2) = (Normal.InvCDF(0, 1, f1), Normal.InvCDF(0, 1, f2));
        var width = Math.Log(high / low);
        var share = Math.Clamp((NormalQuantile - z1) / (z2 - z1), 0, 1);
        // delta method: both shares are observed, and what one has the other has too
        var d1 = -width * (1 - share) / (z2 - z1) / Density(z1);
        var d2 = -width * share / (z2 - z1) / Density(z2);
        var variance = ((d1 * d1 * f1 * (1 - f1)) + (d2 * d2 * f2 * (1 - f2)) + (2 * d1 * d2 * f1 * (1 - f2))) / n;
        return (low * Math.Exp(share * width), Math.Sqrt(variance));
    }

    static double Density(double z) => Math.Exp(-z * z / 2) / Math.Sqrt(2 * Math.PI);
}
