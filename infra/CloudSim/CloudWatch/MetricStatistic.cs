using System.Globalization;
using OptiInfra.CloudSim.Instances;

namespace OptiInfra.CloudSim.CloudWatch;

/// <summary>A CloudWatch statistic over the minutes of a period.</summary>
public static class MetricStatistic
{
    /// <param name="values">One value per sampled minute, at least one.</param>
    /// <param name="minutes">Minutes that the samples stand for.</param>
    public static double Of(string statistic, List<double> values, int minutes) => statistic switch
    {
        "Average" => values.Average(),
        "Minimum" => values.Min(),
        "Maximum" => values.Max(),
        "Sum" => values.Average() * minutes,
        "SampleCount" => minutes,
        _ => Percentile(values, Fraction(statistic)),
    };

    /// <summary>Refuses what is not a statistic of this cloud.</summary>
    public static void Check(string statistic)
    {
        if (statistic is not ("Average" or "Minimum" or "Maximum" or "Sum" or "SampleCount"))
        {
            Fraction(statistic);
        }
    }

    private static double Fraction(string statistic) =>
        statistic.StartsWith('p')
        && double.TryParse(statistic.AsSpan(1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent)
        && percent is >= 0 and <= 100
            ? percent / 100
            : throw CloudRefusalException.Invalid("ValidationError", $"The value {statistic} for parameter Stat is not supported.");

    private static double Percentile(List<double> values, double fraction)
    {
        var sorted = values.Order().ToList();
        var position = fraction * (sorted.Count - 1);
        var below = (int)Math.Floor(position);
        var above = Math.Min(sorted.Count - 1, below + 1);
        return sorted[below] + ((sorted[above] - sorted[below]) * (position - below));
    }
}
