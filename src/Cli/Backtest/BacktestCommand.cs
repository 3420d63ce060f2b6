using System.Collections.Concurrent;
using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using OptiInfra.Agents.Scouting;
using OptiInfra.Cli.Errors;
using OptiInfra.Cli.Output;
using OptiInfra.Contracts.LiveMigrations;

namespace OptiInfra.Cli.Backtest;

/// <summary><c>optiinfra backtest</c>: runs recorded availability or prices through the scout, beside other strategies and the optimum in hindsight.</summary>
static class BacktestCommand
{
    const string ScoutName = "scout";
    const string GreedyName = "greedy";
    const string UniformProgressName = "uniform-progress";
    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow };

    public static Command Create(PlatformOptions platform)
    {
        var traces = new Option<string>("--traces") { Description = "folder with traces (.json), read with all folders below: availability of pools, or prices as aws ec2 describe-spot-price-history prints them, which are read every ten minutes", Required = true };
        var hours = new Option<double>("--job-hours") { Description = "work of the job, hours on one machine", DefaultValueFactory = _ => 48 };
        var deadline = new Option<double>("--deadline") { Description = "hours from the start; at least the work, two changeovers and two readings", DefaultValueFactory = _ => 60 };
        var changeover = new Option<string>("--changeover") { Description = "from starting a machine until work goes on there, such as 12m, 720s or 0.2h", DefaultValueFactory = _ => "12m" };
        var price = new Option<double>("--spot-fraction") { Description = "spot price of availability traces as a fraction of the on-demand price, above 0 and below 1", DefaultValueFactory = _ => 0.318 };
        var onDemand = new Option<string?>("--on-demand-prices") { Description = "CSV of on-demand prices (instance_type,usd_per_hour), which price traces are compared with" };
        var together = new Option<bool>("--together") { Description = "availability traces of one folder that agree in machine (what follows the first _ of ZONE_MACHINE.json), gap and length are pools of one market" };
        var policy = new Option<string>("--policy") { Description = $"{ScoutName}, {GreedyName}, {UniformProgressName}, or a JSON file with the scout's settings", DefaultValueFactory = _ => ScoutName };
        var stride = new Option<double?>("--stride") { Description = "hours between two starts in one trace; without it the deadline's, so that runs do not overlap" };
        var plot = new Option<string?>("--plot") { Description = "SVG file to draw one run into" };
        var run = new Option<string?>("--plot-run") { Description = "the run to draw, NAME or NAME@HOURS; without it the first" };
        var command = new Command("backtest", "Replays recorded spot availability or prices through the scout. Needs no database and no cloud.") { traces, hours, deadline, changeover, price, onDemand, together, policy, stride, plot, run };
        command.SetHandler(platform, (parsed, _, cancellationToken) =>
        {
            var job = new BacktestJob(parsed.GetValue(hours), parsed.GetValue(deadline), Hours(parsed.GetValue(changeover)!));
            var terms = new TraceTerms(parsed.GetValue(price), parsed.GetValue(onDemand), parsed.GetValue(together));
            var strideHours = parsed.GetValue(stride) ?? job.DeadlineHours;
            if (job.WorkHours <= 0 || terms.SpotFraction is <= 0 or >= 1 || strideHours <= 0)
                throw CliException.BadInput(string.Create(CultureInfo.InvariantCulture, $"--job-hours {job.WorkHours} and --stride {strideHours} must be above 0, --spot-fraction {terms.SpotFraction} between 0 and 1."));
            var name = parsed.GetValue(policy)!;
            var windows = Windows(TraceFolder.ReadAll(parsed.GetValue(traces)!, terms), job, strideHours);
            var strategy = Strategy(name, job);
            var outcomes = Run(windows, job, strategy, cancellationToken);
            if (parsed.GetValue(plot) is { } file)
                Plot(file, parsed.GetValue(run), windows, job, strategy);
            Write(Path.GetFileNameWithoutExtension(name), outcomes, priced: windows.Exists(w => w.Market.Priced));
            return Task.FromResult(outcomes.Any(o => o.Missed) ? ExitCode.Failed : ExitCode.Done);
        });
        return command;
    }

    static double Hours(string text)
    {
        var (number, perHour) = text switch { [.. var n, 's'] => (n, 3600.0), [.. var n, 'm'] => (n, 60.0), [.. var n, 'h'] => (n, 1.0), _ => (text, 1.0) };
        return double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value > 0
            ? value / perHour
            : throw CliException.BadInput($"--changeover {text}: give a time above 0, such as 12m, 720s or 0.2h.");
    }

    static List<BacktestWindow> Windows(IReadOnlyList<MarketTrace> markets, BacktestJob job, double strideHours)
    {
        var windows = new List<BacktestWindow>();
        foreach (var market in markets)
        {
            var gap = market.Gap.TotalHours;
            var needed = job.WorkHours + 2 * job.ChangeoverHours + 2 * gap;
            if (job.DeadlineHours < needed)
                throw CliException.BadInput(string.Create(CultureInfo.InvariantCulture, $"--deadline {job.DeadlineHours} is too early for {market.Name}: work, two changeovers and two readings take {needed:0.##} h."));
            var length = (int)Math.Ceiling(job.DeadlineHours / gap);
            var stride = Math.Max(1, (int)Math.Round(strideHours / gap));
            if (market.Count < length)
                throw CliException.BadInput(string.Create(CultureInfo.InvariantCulture, $"{market.Name} holds {market.Count * gap:0.#} h, less than the deadline of {job.DeadlineHours} h; leave it out or shorten the job."));
            for (var start = 0; start + length <= market.Count; start += stride)
                windows.Add(new BacktestWindow(market, start));
        }

        return windows;
    }

    /// <summary>A fresh strategy for each run, since strategies learn while they run.</summary>
    static Func<BacktestWindow, IBacktestStrategy> Strategy(string name, BacktestJob job)
    {
        if (name == GreedyName)
            return _ => new Greedy(job);
        if (name == UniformProgressName)
            return _ => new UniformProgress(job);
        var policy = name == ScoutName ? new ScoutPolicy() : ReadPolicy(name);
        var plans = new DeadlinePlans();
        return window => new Scouted(job, policy with { ControlPeriod = window.Market.Gap }, plans);
    }

    static ScoutPolicy ReadPolicy(string file)
    {
        try
        {
            return JsonSerializer.Deserialize<ScoutPolicy>(File.ReadAllText(file), Json) ?? throw new JsonException("The file holds null.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw CliException.BadInput($"--policy {file}: {e.Message} Give {ScoutName}, {GreedyName}, {UniformProgressName}, or a JSON file such as {{\"minSavingFraction\": 0.2}}.");
        }
    }

    static List<WindowOutcome> Run(List<BacktestWindow> windows, BacktestJob job, Func<BacktestWindow, IBacktestStrategy> strategy, CancellationToken cancellationToken)
    {
        var outcomes = new ConcurrentDictionary<int, WindowOutcome>();
        Parallel.For(0, windows.Count, new ParallelOptions { CancellationToken = cancellationToken }, i =>
        {
            var (market, start) = windows[i];
            outcomes[i] = new WindowOutcome(
                market.Group,
                Simulation.Run(market, start, job, strategy(windows[i])),
                Simulation.Run(market, start, job, new Greedy(job)),
                Simulation.Run(market, start, job, new UniformProgress(job)).Cost,
                OfflineOptimum.Cost(market, start, job),
                job.DeadlineHours);
        });
        return [.. outcomes.OrderBy(o => o.Key).Select(o => o.Value)];
    }

    static void Plot(string file, string? wanted, List<BacktestWindow> windows, BacktestJob job, Func<BacktestWindow, IBacktestStrategy> strategy)
    {
        var window = windows.Find(w => wanted is null || w.Name == wanted || w.Market.Name == wanted)
            ?? throw CliException.BadInput($"--plot-run {wanted}: there is no such run; the first three are {string.Join(", ", windows.Take(3).Select(w => w.Name))}.");
        var run = Simulation.Run(window.Market, window.Start, job, strategy(window), record: true);
        File.WriteAllText(file, RunPlot.Draw(window, job, run));
    }

    static void Write(string policy, List<WindowOutcome> outcomes, bool priced)
    {
        var console = Terminal.Create();
        var table = Terminal.Table("Traces", ">Runs", $">{policy}", ">Missed", ">Starts", ">Greedy", ">its starts", ">Uniform progress", ">Optimum");
        foreach (var group in outcomes.GroupBy(o => o.Group, StringComparer.Ordinal))
            table.Row(
                group.Key, Amounts.Number(group.Count()), Cost(group.Average(o => o.Run.Cost)), Amounts.Number(group.Count(o => o.Missed)),
                group.Average(o => o.Run.Starts).ToString("0.0", CultureInfo.InvariantCulture), Cost(group.Average(o => o.Greedy.Cost)),
                group.Average(o => o.Greedy.Starts).ToString("0.0", CultureInfo.InvariantCulture), Cost(group.Average(o => o.UniformProgress)), Cost(group.Average(o => o.Optimum)));
        console.Write(table);
        if (priced)
            console.Say("A price trace knows nothing of capacity: all its pools count as always available.");
        console.Say(string.Create(CultureInfo.InvariantCulture,
            $"{policy}: cost {Cost(outcomes.Average(o => o.Run.Cost))} of on-demand, missed {outcomes.Count(o => o.Missed)} of {outcomes.Count}, moves {outcomes.Average(o => o.Run.Starts - 1):0.0} (greedy {Cost(outcomes.Average(o => o.Greedy.Cost))}, uniform progress {Cost(outcomes.Average(o => o.UniformProgress))}, optimum {Cost(outcomes.Average(o => o.Optimum))})"));
    }

    static string Cost(double fraction) => fraction.ToString("0.000", CultureInfo.InvariantCulture);
}

/// <summary>One start within a trace.</summary>
sealed record BacktestWindow(MarketTrace Market, int Start)
{
    public string Name => Start == 0 ? Market.Name : string.Create(CultureInfo.InvariantCulture, $"{Market.Name}@{Start * Market.Gap.TotalHours:0.#}");
}

sealed record WindowOutcome(string Group, BacktestRun Run, BacktestRun Greedy, double UniformProgress, double Optimum, double DeadlineHours)
{
    const double Rounding = 1e-6;

    public bool Missed => Run.FinishedAt is not { } at || at > DeadlineHours + Rounding;
}
