using System.Globalization;
using OptiInfra.Projections;

namespace OptiInfra.Cli.Jobs;

/// <summary>The loss over the steps as text; each checkpoint is the last digit of its trainer's epoch, so that changeovers show.</summary>
static class LossPlot
{
    const int Width = 64;
    const int Height = 8;

    /// <returns>Lines of text; none where fewer than two losses are known.</returns>
    public static IReadOnlyList<string> Of(IReadOnlyList<LossPoint> points)
    {
        if (LossCurve.Of(points) is not { } curve)
            return [];
        var rows = Enumerable.Range(0, Height).Select(_ => new string(' ', Width).ToCharArray()).ToArray();
        foreach (var (step, loss, epoch) in curve.Points)
            rows[(int)Math.Round((1 - curve.Up(loss)) * (Height - 1))][(int)Math.Round(curve.Across(step) * (Width - 1))] = (char)('0' + (epoch % 10));
        var from = curve.FirstStep.ToString(CultureInfo.InvariantCulture);
        return
        [
            $"Loss{(curve.ByMagnitude ? " (by magnitude)" : "")}; each digit is a checkpoint of the trainer of that epoch",
            .. rows.Select((row, n) => $"{(n == 0 ? Text(curve.Most) : n == Height - 1 ? Text(curve.Least) : ""),12} |{new string(row)}".TrimEnd()),
            $"{"",12} +{new string('-', Width)}",
            $"{"step",12}  {from}{curve.LastStep.ToString(CultureInfo.InvariantCulture).PadLeft(Width - from.Length)}",
        ];
    }

    static string Text(double loss) => loss.ToString("G5", CultureInfo.InvariantCulture);
}
