using System.Globalization;
using System.Text;
using OptiInfra.Contracts.LiveMigrations;

namespace OptiInfra.Cli.Backtest;

/// <summary>
/// One run as a picture: when spot was there, what the job ran on, and its progress beside the uniform one; where there are
/// several pools, which of them it ran in, and where prices change, those.
/// </summary>
sealed class RunPlot
{
    const int Width = 960;
    const int Left = 150;
    const int Right = 30;
    const int Top = 50;
    const int BandHeight = 18;
    const int BandStep = BandHeight + 6;
    const int ChartHeight = 220;
    const int PricesHeight = 150;
    const int MostPools = 8;
    const string AvailableColour = "#9ecae1";
    const string OnSpotColour = "#31a354";
    const string OnDemandColour = "#e6550d";
    const string WorkColour = "#3182bd";
    static readonly string[] PoolColours = ["#1f77b4", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f", "#b8860b", "#17becf", "#d62728"];

    readonly StringBuilder svg = new();
    readonly BacktestWindow window;
    readonly BacktestJob job;
    readonly BacktestRun run;
    readonly double gap;
    readonly int readings;
    // of the market's pools, those that are drawn
    readonly List<int> drawn;

    RunPlot(BacktestWindow window, BacktestJob job, BacktestRun run)
    {
        (this.window, this.job, this.run) = (window, job, run);
        gap = window.Market.Gap.TotalHours;
        readings = Math.Min((int)Math.Ceiling(job.DeadlineHours / gap), window.Market.Count - window.Start);
        // where not all find room: those that it ran in longest, and then the cheapest
        drawn = [.. Enumerable.Range(0, window.Market.Pools.Count)
            .OrderByDescending(pool => run.Moments.Count(m => m.On == Place.Spot(pool)))
            .ThenBy(pool => Seen(pool).Average(r => r.Price))
            .Take(MostPools).Order()];
    }

    public static string Draw(BacktestWindow window, BacktestJob job, BacktestRun run) => new RunPlot(window, job, run).Draw();

    string Draw()
    {
        var several = window.Market.Pools.Count > 1;
        var y = Top;
        var priced = drawn.SelectMany(Seen).Select(r => r.Price).Distinct().Skip(1).Any();
        foreach (var pool in drawn)
        {
            Label(y, several ? window.Market.Pools[pool].Name : "spot there", priced ? ColourOf(pool) : null);
            Band(y, Seen(pool).Select((r, i) => (i * gap, r.Available ? AvailableColour : null)));
            if (several)
                Band(y + 3, RanOn(place => place == Place.Spot(pool) ? OnSpotColour : null), BandHeight - 6);
            y += BandStep;
        }

        Label(y, several ? "on demand" : "runs on");
        Band(y, RanOn(place => place.On switch { RunsOn.OnDemand => OnDemandColour, RunsOn.Spot when !several => OnSpotColour, _ => null }));
        y += BandStep;
        if (window.Market.Pools.Where((_, pool) => !drawn.Contains(pool)).Select(p => p.Name).ToList() is { Count: > 0 } left)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left}\" y=\"{y + 10}\" font-size=\"10\" fill=\"#666\">left out, as it ran there least: {Text(string.Join(", ", left.Take(MostPools)))}{(left.Count > MostPools ? $" and {left.Count - MostPools} more" : "")}</text>\n");
            y += BandStep;
        }

        y += 14;
        if (priced)
        {
            Prices(y);
            y += PricesHeight + 30;
        }

        Progress(y);
        y += ChartHeight;
        Hours(y);
        Legend(y + 28);
        var height = y + 50;
        return string.Create(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {height}" font-family="sans-serif" font-size="12">
            <rect width="{Width}" height="{height}" fill="white"/>
            <text x="{Left}" y="22" font-size="15">{Text(window.Name)}: {run.Cost:0.000} of on-demand, {run.Starts} {(run.Starts == 1 ? "start" : "starts")}, done after {run.FinishedAt:0.0} of {job.DeadlineHours} h</text>
            {svg}</svg>

            """);
    }

    IEnumerable<PoolReading> Seen(int pool) => window.Market.Pools[pool].Readings.Skip(window.Start).Take(readings);

    IEnumerable<(double At, string? Colour)> RanOn(Func<Place, string?> colour) => run.Moments.Select(m => (m.At, colour(m.On)));

    double X(double hours) => Left + hours / job.DeadlineHours * (Width - Left - Right);

    string ColourOf(int pool) => PoolColours[drawn.IndexOf(pool)];

    /// <param name="y">Of the band.</param>
    /// <param name="label">At its left.</param>
    /// <param name="colour">Of the pool's line among the prices, where those are drawn.</param>
    void Label(int y, string label, string? colour = null)
    {
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left - (colour is null ? 6 : 20)}\" y=\"{y + 13}\" text-anchor=\"end\" font-size=\"10\">{Text(label)}</text>\n");
        if (colour is not null)
            svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{Left - 16}\" y=\"{y + 4}\" width=\"10\" height=\"10\" fill=\"{colour}\"/>\n");
    }

    /// <summary>Neighbours of one colour are one rectangle.</summary>
    void Band(int y, IEnumerable<(double At, string? Colour)> moments, int height = BandHeight)
    {
        (double At, string? Colour)? open = null;
        foreach (var moment in moments.Append((At: job.DeadlineHours, Colour: null)))
        {
            if (open is { } begun && begun.Colour == moment.Colour)
                continue;
            if (open is { Colour: { } colour } rectangle)
                svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{X(rectangle.At):0.0}\" y=\"{y}\" width=\"{X(moment.At) - X(rectangle.At):0.0}\" height=\"{height}\" fill=\"{colour}\"/>\n");
            open = moment;
        }
    }

    void Frame(int y, int height, string title)
    {
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left}\" y=\"{y - 6}\" fill=\"#666\">{title}</text>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{Left}\" y=\"{y}\" width=\"{Width - Left - Right}\" height=\"{height}\" fill=\"none\" stroke=\"#999\"/>\n");
    }

    /// <summary>A line for each pool's price, and a broad one under them for what the job paid on spot.</summary>
    void Prices(int y)
    {
        Frame(y, PricesHeight, "price, fraction of on-demand; broad: what the job paid on spot");
        var lowest = drawn.Min(pool => Seen(pool).Min(r => r.Price));
        var highest = drawn.Max(pool => Seen(pool).Max(r => r.Price));
        for (var tick = 0; tick <= 3; tick++)
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left - 6}\" y=\"{At(lowest + (highest - lowest) * tick / 3) + 4:0.0}\" text-anchor=\"end\">{lowest + (highest - lowest) * tick / 3:0.000}</text>\n");
        foreach (var stretch in Stretches())
            Line(stretch.Select(m => (m.At, m.Until, window.Market.Pools[m.Pool].Readings[m.Index].Price)), OnSpotColour, 7, 0.35);
        foreach (var pool in drawn)
            Line(Seen(pool).Select((r, at) => (at * gap, Math.Min((at + 1) * gap, job.DeadlineHours), r.Price)), ColourOf(pool), 1.5, 1);

        double At(double price) => y + PricesHeight - 6 - (price - lowest) / (highest - lowest) * (PricesHeight - 12);

        void Line(IEnumerable<(double From, double Until, double Price)> steps, string colour, double width, double opacity)
        {
            var points = string.Join(' ', steps.Select(s => string.Create(CultureInfo.InvariantCulture, $"{X(s.From):0.0},{At(s.Price):0.0} {X(s.Until):0.0},{At(s.Price):0.0}")));
            svg.Append(CultureInfo.InvariantCulture, $"<polyline points=\"{points}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\" stroke-opacity=\"{opacity}\"/>\n");
        }
    }

    /// <summary>What it ran on without a break in one pool that is drawn.</summary>
    IEnumerable<List<(int Index, int Pool, double At, double Until)>> Stretches()
    {
        List<(int Index, int Pool, double At, double Until)> stretch = [];
        for (var i = 0; i + 1 < run.Moments.Count; i++)
        {
            var (at, place, _) = run.Moments[i];
            if (stretch.Count > 0 && place != Place.Spot(stretch[^1].Pool))
            {
                yield return stretch;
                stretch = [];
            }

            if (drawn.Contains(place.Pool))
                stretch.Add((window.Start + i, place.Pool, at, run.Moments[i + 1].At));
        }

        if (stretch.Count > 0)
            yield return stretch;
    }

    void Progress(int y)
    {
        Frame(y, ChartHeight, "work done, h");
        for (var quarter = 0; quarter <= 4; quarter++)
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left - 6}\" y=\"{Y(job.WorkHours * quarter / 4) + 4:0.0}\" text-anchor=\"end\">{job.WorkHours * quarter / 4:0.#}</text>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{X(0):0.0}\" y1=\"{Y(0):0.0}\" x2=\"{X(job.DeadlineHours):0.0}\" y2=\"{Y(job.WorkHours):0.0}\" stroke=\"#999\" stroke-dasharray=\"5 4\"/>\n");
        var points = string.Join(' ', run.Moments.Select(m => string.Create(CultureInfo.InvariantCulture, $"{X(m.At):0.0},{Y(m.Done):0.0}")));
        svg.Append(CultureInfo.InvariantCulture, $"<polyline points=\"{points}\" fill=\"none\" stroke=\"{WorkColour}\" stroke-width=\"2\"/>\n");

        double Y(double work) => y + ChartHeight - work / job.WorkHours * ChartHeight;
    }

    void Hours(int y)
    {
        const int mostTicks = 16;
        var step = 12;
        while (job.DeadlineHours / step > mostTicks)
            step *= 2;
        for (var hours = 0; hours <= job.DeadlineHours; hours += step)
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{X(hours):0.0}\" y=\"{y + 16}\" text-anchor=\"middle\">{hours} h</text>\n");
    }

    void Legend(int y)
    {
        var x = Left;
        foreach (var (colour, text) in ((string, string)[])[(AvailableColour, "spot available"), (OnSpotColour, "on spot"), (OnDemandColour, "on demand"), (WorkColour, "work done, h"), ("#999", "uniform progress")])
        {
            svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{x}\" y=\"{y}\" width=\"12\" height=\"12\" fill=\"{colour}\"/><text x=\"{x + 18}\" y=\"{y + 10}\">{text}</text>\n");
            x += 150;
        }
    }

    /// <summary>Names come from files.</summary>
    static string Text(string name) => System.Security.SecurityElement.Escape(name);
}
