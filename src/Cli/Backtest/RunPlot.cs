using System.Globalization;
using System.Text;
using OptiInfra.Agents.Scouting;
using OptiInfra.Contracts.LiveMigrations;

namespace OptiInfra.Cli.Backtest;

/// <summary>One run as a picture: when spot was there, what the job ran on, and its progress beside the uniform one.</summary>
static class RunPlot
{
    const int Width = 960;
    const int Height = 420;
    const int Left = 60;
    const int Right = 20;
    const int Top = 50;
    const int BandHeight = 18;
    const int ChartTop = Top + 2 * BandHeight + 30;
    const int ChartBottom = Height - 50;

    public static string Draw(BacktestWindow window, BacktestJob job, BacktestRun run)
    {
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {Height}" font-family="sans-serif" font-size="12">
            <rect width="{Width}" height="{Height}" fill="white"/>
            <text x="{Left}" y="22" font-size="15">{window.Name}: {run.Cost:0.000} of on-demand, {run.Starts} starts, done after {run.FinishedAt:0.0} of {job.DeadlineHours} h</text>

            """);
        Band(svg, Top, "spot there", window.Trace.Available.Skip(window.Start).Take((int)Math.Ceiling(job.DeadlineHours / window.Trace.Gap.TotalHours))
            .Select((available, i) => (i * window.Trace.Gap.TotalHours, available ? "#9ecae1" : null)), job);
        Band(svg, Top + BandHeight + 6, "runs on", run.Moments.Select(m => (m.At, m.On switch { RunsOn.Spot => "#31a354", RunsOn.OnDemand => "#e6550d", _ => (string?)null })), job);
        Progress(svg, job, run);
        Legend(svg);
        return svg.Append("</svg>\n").ToString();
    }

    static double X(double hours, BacktestJob job) => Left + hours / job.DeadlineHours * (Width - Left - Right);

    static double Y(double work, BacktestJob job) => ChartBottom - work / job.WorkHours * (ChartBottom - ChartTop);

    /// <summary>Neighbours of one colour are one rectangle.</summary>
    static void Band(StringBuilder svg, int y, string label, IEnumerable<(double At, string? Colour)> moments, BacktestJob job)
    {
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left - 6}\" y=\"{y + 13}\" text-anchor=\"end\" font-size=\"10\">{label}</text>\n");
        (double At, string? Colour)? open = null;
        foreach (var moment in moments.Append((At: job.DeadlineHours, Colour: null)))
        {
            if (open is { } begun && begun.Colour == moment.Colour)
                continue;
            if (open is { Colour: { } colour } rectangle)
                svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{X(rectangle.At, job):0.0}\" y=\"{y}\" width=\"{X(moment.At, job) - X(rectangle.At, job):0.0}\" height=\"{BandHeight}\" fill=\"{colour}\"/>\n");
            open = moment;
        }
    }

    static void Progress(StringBuilder svg, BacktestJob job, BacktestRun run)
    {
        const int hoursPerTick = 12;
        svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{Left}\" y=\"{ChartTop}\" width=\"{Width - Left - Right}\" height=\"{ChartBottom - ChartTop}\" fill=\"none\" stroke=\"#999\"/>\n");
        for (var hours = 0; hours <= job.DeadlineHours; hours += hoursPerTick)
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{X(hours, job):0.0}\" y=\"{ChartBottom + 16}\" text-anchor=\"middle\">{hours} h</text>\n");
        for (var quarter = 0; quarter <= 4; quarter++)
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left - 6}\" y=\"{Y(job.WorkHours * quarter / 4, job) + 4:0.0}\" text-anchor=\"end\">{job.WorkHours * quarter / 4:0.#}</text>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{X(0, job):0.0}\" y1=\"{Y(0, job):0.0}\" x2=\"{X(job.DeadlineHours, job):0.0}\" y2=\"{Y(job.WorkHours, job):0.0}\" stroke=\"#999\" stroke-dasharray=\"5 4\"/>\n");
        var points = string.Join(' ', run.Moments.Select(m => string.Create(CultureInfo.InvariantCulture, $"{X(m.At, job):0.0},{Y(m.Done, job):0.0}")));
        svg.Append(CultureInfo.InvariantCulture, $"<polyline points=\"{points}\" fill=\"none\" stroke=\"#3182bd\" stroke-width=\"2\"/>\n");
    }

    static void Legend(StringBuilder svg)
    {
        var x = Left;
        foreach (var (colour, text) in ((string, string)[])[("#9ecae1", "spot available"), ("#31a354", "on spot"), ("#e6550d", "on demand"), ("#3182bd", "work done, h"), ("#999", "uniform progress")])
        {
            svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{x}\" y=\"{Height - 22}\" width=\"12\" height=\"12\" fill=\"{colour}\"/><text x=\"{x + 18}\" y=\"{Height - 12}\">{text}</text>\n");
            x += 150;
        }
    }
}
