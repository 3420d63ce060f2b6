using System.Xml.Linq;
using FsCheck;
using FsCheck.Fluent;
using OptiInfra.Agents.Scouting;
using OptiInfra.Cli.Backtest;
using OptiInfra.Cli.Tests.Processes;
using OptiInfra.Contracts.LiveMigrations;
using OptiInfra.Testing;

namespace OptiInfra.Cli.Tests.Backtest;

public sealed class BacktestTests : IDisposable
{
    static readonly BacktestJob Job = new(10, 13, 0.2, 0.318);

    readonly string folder = Directory.CreateTempSubdirectory("optiinfra-backtest").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    static AvailabilityTrace Trace(params IEnumerable<bool> available) => new("made/trace", TimeSpan.FromMinutes(10), [.. available]);

    static Scouted Scout(BacktestJob job, DeadlinePlans plans) => new(job, new ScoutPolicy { ControlPeriod = TimeSpan.FromMinutes(10) }, plans);

    [Fact]
    public void whatever_the_trace_no_strategy_is_late_and_none_beats_the_optimum()
    {
        var plans = new DeadlinePlans();
        var spells = Gen.Choose(1, 40).ListOf(60).Select(lengths => Trace(lengths.SelectMany((length, i) => Enumerable.Repeat(i % 2 == 0, length)).Concat(Enumerable.Repeat(false, 100))));
        Prop.ForAll(spells.ToArbitrary(), trace =>
        {
            var optimum = OfflineOptimum.Cost(trace, 0, Job);
            return new IBacktestStrategy[] { Scout(Job, plans), new Greedy(Job), new UniformProgress(Job) }.All(strategy =>
            {
                var run = Simulation.Run(trace, 0, Job, strategy);
                return run.FinishedAt <= Job.DeadlineHours + 1e-9 && run.Cost >= optimum - 0.01;
            });
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void spot_all_the_way_costs_the_spot_price_and_one_changeover()
    {
        var run = Simulation.Run(Trace(Enumerable.Repeat(true, 100)), 0, Job, Scout(Job, new DeadlinePlans()));
        Assert.Equal((10 + 0.2) * 0.318 / 10, run.Cost, 6);
        Assert.Equal(1, run.Starts);
        Assert.Equal(OfflineOptimum.Cost(Trace(Enumerable.Repeat(true, 100)), 0, Job), run.Cost, 2);
    }

    [Fact]
    public void without_any_spot_it_runs_on_demand_and_in_time()
    {
        var run = Simulation.Run(Trace(Enumerable.Repeat(false, 100)), 0, Job, Scout(Job, new DeadlinePlans()));
        Assert.Equal((10 + 0.2) / 10, run.Cost, 6);
        Assert.True(run.FinishedAt <= 13);
    }

    /// <summary>Every fifth of the windows of the "can't be late" benchmark; docs name the figures over all of them.</summary>
    [Theory]
    [InlineData(52, 0.782)]
    [InlineData(60, 0.698)]
    [InlineData(70, 0.641)]
    public void recorded_windows_are_never_late_and_far_cheaper_than_uniform_progress(int deadline, double limit)
    {
        var job = new BacktestJob(48, deadline, 0.2, 0.318);
        var windows = AvailabilityTrace.ReadAll(SharedData.Require("cant-be-late")).Where((_, i) => i % 5 == 0).ToList();
        var plans = new DeadlinePlans();
        var runs = windows.ConvertAll(w => (Ours: Simulation.Run(w, 0, job, Scout(job, plans)), Uniform: Simulation.Run(w, 0, job, new UniformProgress(job))));
        Assert.All(runs, r => Assert.True(r.Ours.FinishedAt <= deadline + 1e-9));
        Assert.True(runs.Average(r => r.Ours.Cost) <= limit, $"{runs.Average(r => r.Ours.Cost):0.000} of on-demand");
        Assert.True(runs.Average(r => r.Ours.Cost) < runs.Average(r => r.Uniform.Cost));
    }

    [Fact]
    public void recorded_traces_and_simulator_windows_are_read_with_their_own_polarity()
    {
        File.WriteAllText(Path.Combine(folder, "a.json"), """{"metadata": {"gap_seconds": 600}, "data": [1, 0]}""");
        File.WriteAllText(Path.Combine(folder, "b.json"), """{"original_trace": "x", "metadata": {"gap_seconds": 300}, "data": [1, 0]}""");
        var traces = AvailabilityTrace.ReadAll(folder);
        Assert.Equal([true, false], traces[0].Available);
        Assert.Equal([false, true], traces[1].Available);
        Assert.Equal(TimeSpan.FromMinutes(5), traces[1].Gap);
    }

    [Fact]
    public async Task the_command_ends_with_one_line_and_draws_a_run()
    {
        var readings = string.Join(", ", Enumerable.Range(0, 600).Select(i => i / 17 % 3 == 0 ? 0 : 1));
        File.WriteAllText(Path.Combine(folder, "pool.json"), $$"""{"metadata": {"gap_seconds": 600}, "data": [{{readings}}]}""");
        var plot = Path.Combine(folder, "run.svg");
        var result = (await CliProcess.RunAsync(new Dictionary<string, string>(StringComparer.Ordinal), ["backtest", "--traces", folder, "--job-hours", "20", "--deadline", "26", "--plot", plot])).Succeeds();
        Assert.Matches(@"\nscout: cost 0\.\d{3} of on-demand, missed 0 of 3, moves \d+\.\d \(greedy \d\.\d{3}, uniform progress \d\.\d{3}, optimum 0\.\d{3}\)\n$", result.Output);
        Assert.Equal("svg", XDocument.Load(plot).Root!.Name.LocalName);
    }

    [Theory]
    [InlineData("""{"metadata": {"gap_seconds": 600}, "data": [1, 2]}""", "reading 2 is 2")]
    [InlineData("""{"data": [1]}""", "is no availability trace")]
    [InlineData("""{"metadata": {"gap_seconds": 600}, "data": [1, 1, 1]}""", "less than the deadline")]
    public async Task a_bad_trace_is_named(string text, string said)
    {
        File.WriteAllText(Path.Combine(folder, "bad.json"), text);
        var result = await CliProcess.RunAsync(new Dictionary<string, string>(StringComparer.Ordinal), ["backtest", "--traces", folder]);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("bad", result.Error, StringComparison.Ordinal);
        Assert.Contains(said, result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--changeover", "soon")]
    [InlineData("--changeover", "")]
    [InlineData("--deadline", "48")]
    [InlineData("--policy", "no-such-file.json")]
    public async Task a_bad_option_is_named(string option, string value)
    {
        File.WriteAllText(Path.Combine(folder, "pool.json"), $$"""{"metadata": {"gap_seconds": 600}, "data": [{{string.Join(", ", Enumerable.Repeat(1, 400))}}]}""");
        var result = await CliProcess.RunAsync(new Dictionary<string, string>(StringComparer.Ordinal), ["backtest", "--traces", folder, option, value]);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains($"{option} {value}", result.Error.ReplaceLineEndings(" "), StringComparison.Ordinal);
    }
}
