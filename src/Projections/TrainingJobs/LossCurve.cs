namespace OptiInfra.Projections;

/// <summary>The losses of a job between the axes of a plot.</summary>
public sealed record LossCurve
{
    /// <summary>From this ratio of the largest to the least on, losses are drawn by their magnitude.</summary>
    const double Wide = 30;

    LossCurve(IReadOnlyList<(int Step, double Loss, int Epoch)> points) => Points = points;

    /// <summary>In the order in which they were saved; every one finite.</summary>
    public IReadOnlyList<(int Step, double Loss, int Epoch)> Points { get; }
    public int FirstStep => Points.Min(p => p.Step);
    public int LastStep => Points.Max(p => p.Step);
    public double Least => Points.Min(p => p.Loss);
    public double Most => Points.Max(p => p.Loss);
    /// <summary>The ordinate is logarithmic.</summary>
    public bool ByMagnitude => Least > 0 && Most / Least > Wide;

    /// <returns>Null where fewer than two losses are known.</returns>
    public static LossCurve? Of(IEnumerable<LossPoint> points)
    {
        var known = points.Where(p => p.Loss is { } loss && double.IsFinite(loss)).Select(p => (p.Step, p.Loss!.Value, p.Epoch)).ToList();
        return known.Count < 2 ? null : new LossCurve(known);
    }

    /// <summary>0 at the first step, 1 at the last.</summary>
    public double Across(int step) => LastStep == FirstStep ? 0 : (double)(step - FirstStep) / (LastStep - FirstStep);

    /// <summary>0 at the least loss, 1 at the largest.</summary>
    public double Up(double loss)
    {
        var (bottom, top, value) = ByMagnitude ? (Math.Log(Least), Math.Log(Most), Math.Log(loss)) : (Least, Most, loss);
        return top > bottom ? (value - bottom) / (top - bottom) : 0;
    }
}
