using System.Globalization;
using OptiInfra.Projections;

namespace OptiInfra.Cli.Jobs;

/// <summary>The loss over the steps as text; each checkpoint is the last digit of its trainer's epoch, so that changeovers show.</summary>
static class LossPlot
{
    const int Width = 64;
    const int Height = 8;
    /// <summary>From here on the losses are drawn by their magnitude.</summary>
    const double Wide = 30;

    /// <returns>Lines of text; none where fewer than two losses are known.</returns>
    public static IReadOnlyList<string> Of(IReadOnlyList<LossPoint> points)
    {
        var known = points.Where(p => p.Loss is { } loss && double.IsFinite(loss)).Select(p => (p.Step, Loss: p.Loss!.Value, p.Epoch)).ToList();
        if (known.Count < 2)
            return [];
        var (first, last) = (known.Min(p => p.Step), known.Max(p => p.Step));
        var (least, most) = (known.Min(p => p.Loss), known.Max(p => p.Loss));
        var byMagnitude = least > 0 && most / least > Wide;
        var (bottom, top) = byMagnitude ? (Math.Log(least), Math.Log(most)) : (least, most);
        var cells = new char[Height, Width];
        foreach (var (step, loss, epoch) in known)
        {
            var column = last == first ? 0 : (int)Math.Round((double)(step - first) / (last - first) * (Width - 1));
            var share = top > bottom ? ((byMagnitude ? Math.Log(loss) : loss) - bottom) / (top - bottom) : 0;
            cells[(int)Math.Round((1 - share) * (Height - 1)), column] = (char)('0' + (epoch % 10));
        }

        var lines = new List<string> { $"Loss{(byMagnitude ? " (by magnitude)" : "")}; each digit is a checkpoint of the trainer of that epoch" };
        for (var row = 0; row < Height; row++)
        {
            var label = row == 0 ? Text(most) : row == Height - 1 ? Text(least) : "";
            lines.Add($"{label,12} |{string.Concat(Enumerable.Range(0, Width).Select(c => cells[row, c] == '\0' ? ' ' : cells[row, c]))}".TrimEnd());
        }

        lines.Add($"{"",12} +{new string('-', Width)}");
        var from = first.ToString(CultureInfo.InvariantCulture);
        lines.Add($"{"step",12}  {from}{last.ToString(CultureInfo.InvariantCulture).PadLeft(Width - from.Length)}");
        return lines;
    }

    static string Text(double loss) => loss.ToString("G5", CultureInfo.InvariantCulture);
}
