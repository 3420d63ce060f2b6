using System.Collections.Concurrent;
using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using OptiInfra.Agents.Scouting;
using OptiInfra.Cli.Errors;
using OptiInfra.Cli.Output;
using OptiInfra.Contracts.LiveMigrations;

namespace OptiInfra.Cli.Backtest;

/// <summary><c>optiinfra backtest</c>: runs recorded availability through the scout, beside other strategies and the optimum in hindsight.</summary>
static class BacktestCommand
{
    const string ScoutName = "scout";
    const string GreedyName = "greedy";
    const string UniformProgressName = "uniform-progress";
    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow };

    public static Command Create(PlatformOptions platform)
    {
        var traces = new Option<string>("--traces") { Description = "folder with availability traces (.json), read with all folders below", Required = true };
        var hours = new Option<double>("--job-hours") { Description = "work of the job, hours on one machine", DefaultValueFactory = _ => 48 };
        var deadline = new Option<double>("--deadline") { Description = "hours from the start; at least the work, two changeovers and two readings", DefaultValueFactory = _ => 60 };
        var changeover = new Option<string>("--changeover") { Description = "from starting a machine until work goes on there, such as 12m, 720s or 0.2h", DefaultValueFactory = _ => "12m" };
        var price = new Option<double>("--spot-fraction") { Description = "spot price as a fraction of the on-demand price, above 0 and below 1", DefaultValueFactory = _ => 0.318 };
        var policy = new Option<string>("--policy") { Description = $"{ScoutName}, {GreedyName}, {UniformProgressName}, or a JSON file with the scout's settings", DefaultValueFactory = _ => ScoutName };
        var stride = new Option<double?>("--stride") { Description = "hours between two starts in one trace; without it the deadline's, so that runs do not overlap" };
        var plot = new Option<string?>("--plot") { Description = "SVG file to draw one run into" };
        var run = new Option<string?>("--plot-run") { Description = "the run to draw, NAME or NAME@HOURS; without it the first" };
        var command = new Command("backtest", "Replays recorded spot availability through the scout. Needs no database and no cloud.") { traces, hours, deadline, changeover, price, policy, stride, plot, run };
        command.SetHandler(platform, (parsed, _, cancellationToken) =>
        {
            var job = new BacktestJob(parsed.GetValue(hours), parsed.GetValue(deadline), Hours(parsed.GetValue(changeover)!), parsed.GetValue(price));
            var name = parsed.GetValue(policy)!;
            var windows = Windows(AvailabilityTrace.ReadAll(parsed.GetValue(traces)!), job, parsed.GetValue(stride) ?? job.DeadlineHours);
            var strategy = Strategy(name, job);
            var outcomes = Run(windows, job, strategy, cancellationToken);
            if (parsed.GetValue(plot) is { } file)
                Plot(file, parsed.GetValue(run), windows, job, strategy);
            Write(Path.GetFileNameWithoutExtension(name), outcomes);
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

    static List<BacktestWindow> Windows(IReadOnlyList<AvailabilityTrace> traces, BacktestJob job, double strideHours)
    {
        if (job.WorkHours <= 0 || job.SpotFraction is <= 0 or >= 1 || strideHours <= 0)
            throw CliException.BadInput($"--job-hours {job.WorkHours} and --stride {strideHours} must be above 0, --spot-fraction {job.SpotFraction} between 0 and 1.");
        var windows = new List<BacktestWindow>();
        foreach (var trace in traces)
        {
            var gap = trace.Gap.TotalHours;
            var needed = job.WorkHours + 2 * job.ChangeoverHours + 2 * gap;
            if (job.DeadlineHours < needed)
                throw CliException.BadInput(string.Create(CultureInfo.InvariantCulture, $"--deadline {job.DeadlineHours} is too early for {trace.Name}: work, two changeovers and two readings take {needed:0.##} h."));
            var length = (int)Math.Ceiling(job.DeadlineHours / gap);
            var stride = Math.Max(1, (int)Math.Round(strideHours / gap));
            if (trace.Available.Count < length)
                throw CliException.BadInput(string.Create(CultureInfo.InvariantCulture, $"{trace.Name} holds {trace.Available.Count * gap:0.#} h, less than the deadline of {job.DeadlineHours} h; leave it out or shorten the job."));
            for (var start = 0; start + length <= trace.Available.Count; start += stride)
                windows.Add(new BacktestWindow(trace, start));
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
        return window => new Scouted(job, policy with { ControlPeriod = window.Trace.Gap }, plans);
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
            var (trace, start) = windows[i];
            outcomes[i] = new WindowOutcome(
                Path.GetDirectoryName(trace.Name) ?? trace.Name,
                Simulation.Run(trace, start, job, strategy(windows[i])),
                Simulation.Run(trace, start, job, new Greedy(job)).Cost,
                Simulation.Run(trace, start, job, new UniformProgress(job)).Cost,
                OfflineOptimum.Cost(trace, start, job),
                job.DeadlineHours);
        });
        return [.. outcomes.OrderBy(o => o.Key).Select(o => o.Value)];
    }

    static void Plot(string file, string? wanted, List<BacktestWindow> windows, BacktestJob job, Func<BacktestWindow, IBacktestStrategy> strategy)
    {
        var window = windows.Find(w => wanted is null || w.Name == wanted || w.Trace.Name == wanted)
            ?? throw CliException.BadInput($"--plot-run {wanted}: there is no such run; the first three are {string.Join(", ", windows.Take(3).Select(w => w.Name))}.");
        var run = Simulation.Run(window.Trace, window.Start, job, strategy(window), record: true);
        File.WriteAllText(file, RunPlot.Draw(window, job, run));
    }

    static void Write(string policy, List<WindowOutcome> outcomes)
    {
        var console = Terminal.Create();
        var table = Terminal.Table("Traces", ">Runs", $">{policy}", ">Missed", ">Starts", ">Greedy", ">Uniform progress", ">Optimum");
        foreach (var group in outcomes.GroupBy(o => o.Group, StringComparer.Ordinal))
            table.Row(
                group.Key, Amounts.Number(group.Count()), Cost(group.Average(o => o.Run.Cost)), Amounts.Number(group.Count(o => o.Missed)),
                group.Average(o => o.Run.Starts).ToString("0.0", CultureInfo.InvariantCulture), Cost(group.Average(o => o.Greedy)),
                Cost(group.Average(o => o.UniformProgress)), Cost(group.Average(o => o.Optimum)));
        console.Write(table);
        console.Say(string.Create(CultureInfo.InvariantCulture,
            $"{policy}: cost {Cost(outcomes.Average(o => o.Run.Cost))} of on-demand, missed {outcomes.Count(o => o.Missed)} of {outcomes.Count}, moves {outcomes.Average(o => o.Run.Starts - 1):0.0} (greedy {Cost(outcomes.Average(o => o.Greedy))}, uniform progress {Cost(outcomes.Average(o => o.UniformProgress))}, optimum {Cost(outcomes.Average(o => o.Optimum))})"));
    }

    static string Cost(double fraction) => fraction.ToString("0.000", CultureInfo.InvariantCulture);
}

/// <summary>One start within a trace.</summary>
sealed record BacktestWindow(AvailabilityTrace Trace, int Start)
{
    public string Name => Start == 0 ? Trace.Name : string.Create(CultureInfo.InvariantCulture, $"{Trace.Name}@{Start * Trace.Gap.TotalHours:0.#}");
}

sealed record WindowOutcome(string Group, BacktestRun Run, double Greedy, double UniformProgress, double Optimum, double DeadlineHours)
{
    const double Rounding = 1e-6;

    public bool Missed => Run.FinishedAt is not { } at || at > DeadlineHours + Rounding;
}
