using System.Globalization;
using OptiInfra.Projections;

namespace OptiInfra.Gateway.Pages;

/// <summary>The loss over the steps as SVG: a line for each trainer, a mark for each changeover.</summary>
static class LossChart
{
    const double Width = 860;
    const double Height = 260;
    const double Left = 76;
    const double Right = 16;
    const double Top = 28;
    const double Bottom = 34;
    const int Rows = 4;
    const int Columns = 5;
    /// <summary>Lines of the style sheet; trainers beyond them take them again.</summary>
    const int Colours = 4;

    /// <returns>Null where fewer than two losses are known.</returns>
    public static Markup? Of(JobHistory history)
    {
        if (LossCurve.Of(history.Losses) is not { } curve)
            return null;
        var moves = history.Changeovers.Where(c => c is { Outcome: ChangeoverOutcome.Resumed, ToEpoch: not null, Step: not null }).ToList();
        return Markup.Of($"""
            <h2>Loss{(curve.ByMagnitude ? " (logarithmic)" : "")}</h2>
            <svg class="chart" viewBox="0 0 {Width} {Height}" role="img" aria-label="Loss over steps, from {Loss(curve.Points[0].Loss)} to {Loss(curve.Points[^1].Loss)}">
            {Enumerable.Range(0, Rows + 1).Select(n => Row(curve, n))}
            {Enumerable.Range(0, Columns + 1).Select(n => Column(curve, n))}
            {moves.Where(m => m.Step >= curve.FirstStep && m.Step <= curve.LastStep).Select((m, n) => Move(curve, m, n))}
            {curve.Points.GroupBy(p => p.Epoch).Select(g => Line(curve, g.Key, [.. Before(curve, g), .. g]))}
            {curve.Points.Select(p => Point(curve, p))}
            </svg>
            """);
    }

    static double X(LossCurve curve, int step) => Left + (curve.Across(step) * (Width - Left - Right));

    static double Y(LossCurve curve, double loss) => Top + ((1 - curve.Up(loss)) * (Height - Top - Bottom));

    static Markup Row(LossCurve curve, int n)
    {
        var share = (double)n / Rows;
        var loss = curve.ByMagnitude ? curve.Least * Math.Pow(curve.Most / curve.Least, share) : curve.Least + ((curve.Most - curve.Least) * share);
        var y = Top + ((1 - share) * (Height - Top - Bottom));
        return Markup.Of($"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{y:0.#}\" y2=\"{y:0.#}\"/><text x=\"{Left - 8}\" y=\"{y + 4:0.#}\" text-anchor=\"end\">{Loss(loss)}</text>\n");
    }

    static Markup Column(LossCurve curve, int n)
    {
        var step = curve.FirstStep + (int)Math.Round((double)n / Columns * (curve.LastStep - curve.FirstStep));
        return Markup.Of($"<text x=\"{X(curve, step):0.#}\" y=\"{Height - 12}\" text-anchor=\"{(n == 0 ? "start" : n == Columns ? "end" : "middle")}\">{(n == 0 ? "step " : "")}{step}</text>\n");
    }

    static Markup Move(LossCurve curve, JobChangeover move, int n)
    {
        var x = X(curve, move.Step!.Value);
        // those that follow each other closely must not lie on each other
        var y = 10 + (n % 2 * 11);
        return Markup.Of($"<g><title>Move {move.Number} ({EnumWords.Of(move.Trigger)}): trainer {move.ToEpoch} in {move.ToPool} went on at step {move.Step}</title><line class=\"move\" x1=\"{x:0.#}\" x2=\"{x:0.#}\" y1=\"{y + 3}\" y2=\"{Height - Bottom}\"/><text x=\"{x:0.#}\" y=\"{y}\" text-anchor=\"middle\">→ {move.ToEpoch}</text></g>\n");
    }

    /// <summary>The checkpoint that a trainer went on from, as far as it is known.</summary>
    static IEnumerable<(int Step, double Loss, int Epoch)> Before(LossCurve curve, IGrouping<int, (int Step, double Loss, int Epoch)> trainer) =>
        curve.Points.Where(p => p.Epoch < trainer.Key && p.Step < trainer.First().Step).TakeLast(1);

    static Markup Line(LossCurve curve, int epoch, IReadOnlyList<(int Step, double Loss, int Epoch)> points)
    {
        var path = string.Join(' ', points.Select(p => string.Create(CultureInfo.InvariantCulture, $"{X(curve, p.Step):0.#},{Y(curve, p.Loss):0.#}")));
        return Markup.Of($"<polyline class=\"trainer{epoch % Colours}\" points=\"{path}\"/>\n");
    }

    static Markup Point(LossCurve curve, (int Step, double Loss, int Epoch) p) =>
        Markup.Of($"<circle class=\"trainer{p.Epoch % Colours}\" cx=\"{X(curve, p.Step):0.#}\" cy=\"{Y(curve, p.Loss):0.#}\" r=\"2.5\"><title>step {p.Step}, loss {p.Loss:G9}, trainer {p.Epoch}</title></circle>\n");

    static string Loss(double loss) => loss.ToString("G4", CultureInfo.InvariantCulture);
}
