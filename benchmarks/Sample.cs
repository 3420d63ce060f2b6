namespace OptiInfra.Benchmarks;

/// <summary>What is said of several measurements of one thing.</summary>
static class Sample
{
    /// <summary>The upper one of two in the middle.</summary>
    public static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    /// <summary>By the nearest rank.</summary>
    /// <param name="fraction">0..1, such as 0.99.</param>
    public static double Percentile(IEnumerable<double> values, double fraction)
    {
        var sorted = values.Order().ToArray();
        return sorted[Math.Clamp((int)Math.Ceiling(fraction * sorted.Length) - 1, 0, sorted.Length - 1)];
    }
}
