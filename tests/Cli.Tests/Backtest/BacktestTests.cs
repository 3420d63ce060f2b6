using System.Text.Json;
using System.Xml.Linq;
using FsCheck;
using FsCheck.Fluent;
using OptiInfra.Agents.Scouting;
using OptiInfra.Cli.Backtest;
using OptiInfra.Cli.Errors;
using OptiInfra.Cli.Tests.Processes;
using OptiInfra.Contracts.LiveMigrations;
using OptiInfra.Testing;

namespace OptiInfra.Cli.Tests.Backtest;

public sealed class BacktestTests : IDisposable
{
    static readonly BacktestJob Job = new(10, 13, 0.2);

    readonly string folder = Directory.CreateTempSubdirectory("optiinfra-backtest").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    static MarketTrace Trace(params IEnumerable<bool> available) => new("made/trace", TimeSpan.FromMinutes(10), [PoolTrace.Of("pool", available, 0.318)]);

    /// <summary>Pools that are always there, at these prices.</summary>
    static MarketTrace Market(params double[][] prices) =>
        new("made/market", TimeSpan.FromMinutes(10), [.. prices.Select((pool, i) => new PoolTrace($"pool {i}", [.. pool.Select(price => new PoolReading(true, price, price, price))]))]);

    static double[] Prices(params IEnumerable<(int Readings, double Price)> stretches) => [.. stretches.SelectMany(s => Enumerable.Repeat(s.Price, s.Readings))];

    static IReadOnlyList<MarketTrace> Read(string folder) => TraceFolder.ReadAll(folder, new TraceTerms(0.318));

    static Scouted Scout(BacktestJob job, DeadlinePlans plans) => new(job, new ScoutPolicy { ControlPeriod = TimeSpan.FromMinutes(10) }, plans);

    /// <summary>Spells of capacity and of prices, ended by a time without any.</summary>
    static Gen<PoolTrace> RandomPool() =>
        from lengths in Gen.Choose(1, 40).ListOf(60)
        from prices in Gen.Choose(10, 95).ListOf(30)
        from first in Gen.Choose(0, 1)
        select new PoolTrace(string.Join(',', lengths.Take(4)), [
            .. lengths.SelectMany((length, i) => Enumerable.Repeat(i % 2 == first, length)).Concat(Enumerable.Repeat(false, 100)).Take(100)
                .Select((available, i) => new PoolReading(available, prices[i / 7] / 100.0, Math.Max(prices[i / 7], prices[Math.Max(0, i - 1) / 7]) / 100.0, Math.Min(prices[i / 7], prices[Math.Max(0, i - 1) / 7]) / 100.0))]);

    [Fact]
    public void whatever_the_market_no_strategy_is_late_and_none_beats_the_optimum()
    {
        var plans = new DeadlinePlans();
        var markets = from count in Gen.Choose(1, 4)
                      from pools in RandomPool().ListOf(count)
                      select new MarketTrace("made/market", TimeSpan.FromMinutes(10), [.. pools.Select((pool, i) => pool with { Name = $"pool {i}" })]);
        Prop.ForAll(markets.ToArbitrary(), market =>
        {
            var optimum = OfflineOptimum.Cost(market, 0, Job);
            return new IBacktestStrategy[] { Scout(Job, plans), new Greedy(Job), new UniformProgress(Job) }.All(strategy =>
            {
                var run = Simulation.Run(market, 0, Job, strategy);
                return run.FinishedAt <= Job.DeadlineHours + 1e-9 && run.Cost >= optimum - 0.01;
            });
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void the_optimum_moves_where_a_move_pays_for_its_changeover()
    {
        // of the thirteen hours until the deadline the last 7.8 at 0.1, and before them the rest at 0.2, with a start each
        var market = Market(Prices((31, 0.2), (69, 0.9)), Prices((31, 0.9), (69, 0.1)));
        Assert.Equal((2.6 * 0.2 + 7.8 * 0.1) / 10, OfflineOptimum.Cost(market, 0, Job), 0.002);
    }

    [Fact]
    public void the_scout_hops_once_to_a_pool_that_stays_far_cheaper_and_the_price_follower_at_every_turn()
    {
        var market = Market(Prices((100, 0.4)), Prices((20, 0.5), (80, 0.2)));
        var run = Simulation.Run(market, 0, Job, Scout(Job, new DeadlinePlans()), record: true);
        Assert.Equal(2, run.Starts);
        Assert.Equal(Place.Spot(1), run.Moments[^2].On);
        var leapfrogging = Market(Prices(Enumerable.Range(0, 50).Select(i => (2, i % 2 == 0 ? 0.30 : 0.34))), Prices(Enumerable.Range(0, 50).Select(i => (2, i % 2 == 0 ? 0.34 : 0.30))));
        Assert.Equal(1, Simulation.Run(leapfrogging, 0, Job, Scout(Job, new DeadlinePlans())).Starts);
        Assert.True(Simulation.Run(leapfrogging, 0, Job, new Greedy(Job)).Starts > 5);
    }

    [Fact]
    public void uniform_progress_starts_in_the_cheapest_pool_and_stays_while_it_holds()
    {
        var run = Simulation.Run(Market(Prices((10, 0.4), (90, 0.6)), Prices((100, 0.5))), 0, Job, new UniformProgress(Job), record: true);
        Assert.Equal(1, run.Starts);
        Assert.Equal(Place.Spot(0), run.Moments[0].On);
    }

    /// <summary>Nothing is to be saved there: whoever moves pays for nothing.</summary>
    [Theory]
    [InlineData("p3.2xlarge", 48, 60)]
    [InlineData("g4dn.xlarge", 48, 60)]
    [InlineData("p3.2xlarge", 10, 11)]
    [InlineData("g4dn.xlarge", 100, 200)]
    public void on_flat_recorded_prices_the_scout_makes_no_move(string type, int hours, int deadline)
    {
        var market = Recorded(type);
        var job = new BacktestJob(hours, deadline, 0.2);
        var plans = new DeadlinePlans();
        Assert.All(Starts(market, job, deadline), start => Assert.Equal(1, Simulation.Run(market, start, job, Scout(job, plans)).Starts));
    }

    [Fact]
    public void on_recorded_prices_that_leapfrog_the_scout_moves_far_less_than_the_price_follower_and_pays_no_more()
    {
        var job = new BacktestJob(48, 60, 0.2);
        var plans = new DeadlinePlans();
        var runs = new[] { "c5.xlarge", "m5.xlarge", "r5.large", "t2.2xlarge" }.Select(Recorded).SelectMany(market => Starts(market, job, 12)
            .Select(start => (Ours: Simulation.Run(market, start, job, Scout(job, plans)), Greedy: Simulation.Run(market, start, job, new Greedy(job))))).ToList();
        var (ours, greedy) = (runs.Sum(r => r.Ours.Starts - 1), runs.Sum(r => r.Greedy.Starts - 1));
        Assert.True(greedy > 100 && ours * 10 <= greedy, $"{ours} and {greedy} moves");
        Assert.True(runs.Average(r => r.Ours.Cost) <= runs.Average(r => r.Greedy.Cost), $"{runs.Average(r => r.Ours.Cost):0.0000} and {runs.Average(r => r.Greedy.Cost):0.0000} of on-demand");
    }

    static MarketTrace Recorded(string type)
    {
        using var history = JsonDocument.Parse(File.ReadAllBytes(SharedData.Require($"aws-spot-price-history/{type}.json")));
        return new PriceHistory(SharedData.Require("aws-ondemand-usd-per-hour.csv")).Read(type, type, history.RootElement.GetProperty("SpotPriceHistory"));
    }

    static IEnumerable<int> Starts(MarketTrace market, BacktestJob job, int strideHours)
    {
        for (var start = 0; start + job.DeadlineHours * 6 <= market.Count; start += strideHours * 6)
            yield return start;
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
    [InlineData(52, 0.732)]
    [InlineData(60, 0.621)]
    [InlineData(70, 0.537)]
    public void recorded_windows_are_never_late_and_far_cheaper_than_uniform_progress(int deadline, double limit)
    {
        var job = new BacktestJob(48, deadline, 0.2);
        var windows = Read(SharedData.Require("cant-be-late")).Where((_, i) => i % 5 == 0).ToList();
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
        var traces = Read(folder);
        Assert.Equal([true, false], traces[0].Pools[0].Readings.Select(r => r.Available));
        Assert.Equal([false, true], traces[1].Pools[0].Readings.Select(r => r.Available));
        Assert.Equal(TimeSpan.FromMinutes(5), traces[1].Gap);
    }

    [Fact]
    public void traces_of_one_machine_gap_and_length_are_pools_of_one_market()
    {
        foreach (var (name, gap, data) in ((string, int, string)[])[("a_k80", 600, "1, 0"), ("b_k80", 600, "0, 1"), ("a_v100", 600, "1, 0"), ("c_k80", 300, "1, 0"), ("d_k80", 600, "1")])
            File.WriteAllText(Path.Combine(folder, name + ".json"), $$"""{"metadata": {"gap_seconds": {{gap}}}, "data": [{{data}}]}""");
        var markets = TraceFolder.ReadAll(folder, new TraceTerms(0.3, Together: true));
        Assert.Equal(["a_k80,b_k80", "a_v100", "c_k80", "d_k80"], markets.Select(m => string.Join(',', m.Pools.Select(p => p.Name))));
        Assert.Equal(5, TraceFolder.ReadAll(folder, new TraceTerms(0.3)).Count);
        File.WriteAllText(Path.Combine(folder, "cut.json"), """{"original_trace": "x", "metadata": {"gap_seconds": 300}, "data": [1, 0]}""");
        Assert.Contains("cut.json", Assert.Throws<CliException>(() => TraceFolder.ReadAll(folder, new TraceTerms(0.3, Together: true))).Message, StringComparison.Ordinal);
    }

    static string Entry(string zone, string time, string price, string product = "Linux/UNIX", string type = "m5.xlarge") =>
        $$"""{"AvailabilityZone": "{{zone}}", "InstanceType": "{{type}}", "ProductDescription": "{{product}}", "SpotPrice": "{{price}}", "Timestamp": "2021-03-0{{time}}:00+00:00"}""";

    void History(params string[] entries) => File.WriteAllText(Path.Combine(folder, "m5.json"), $$"""{"SpotPriceHistory": [{{string.Join(", ", entries)}}]}""");

    string OnDemandPrices(string rows = "m5.xlarge,0.2")
    {
        var file = Path.Combine(folder, "on-demand.csv");
        File.WriteAllText(file, "instance_type,usd_per_hour\n" + rows + "\n");
        return file;
    }

    [Fact]
    public void a_price_history_is_read_every_ten_minutes_as_fractions_with_the_extremes_of_ten_minutes()
    {
        History(
            Entry("us-east-1a", "1T01:00", "0.100000"), Entry("us-east-1a", "1T00:22", "0.080000"), Entry("us-east-1a", "1T00:15", "0.900000", "Windows"),
            Entry("us-east-1a", "1T00:14", "0.160000"), Entry("us-east-1a", "1T00:14", "0.160000", "Linux/UNIX (Amazon VPC)"), Entry("us-east-1a", "1T00:00", "0.120000"),
            Entry("us-east-1b", "1T00:10", "0.060000"));
        var market = Assert.Single(TraceFolder.ReadAll(folder, new TraceTerms(0.3, OnDemandPrices())));
        Assert.True(market.Priced);
        Assert.Equal(["m5.xlarge us-east-1a", "m5.xlarge us-east-1b"], market.Pools.Select(p => p.Name));
        // from 00:10, when both have a price, to 01:00
        Assert.Equal(
            [(0.6, 0.6, 0.6), (0.8, 0.8, 0.6), (0.4, 0.8, 0.4), (0.4, 0.4, 0.4), (0.4, 0.4, 0.4), (0.5, 0.5, 0.4)],
            market.Pools[0].Readings.Select(r => (Math.Round(r.Price, 9), Math.Round(r.Highest, 9), Math.Round(r.Lowest, 9))));
        Assert.All(market.Pools[1].Readings, r => Assert.Equal(new PoolReading(true, 0.3, 0.3, 0.3), r));
    }

    [Theory]
    [InlineData("0.1", "Linux/UNIX", "m5.xlarge", false, "--on-demand-prices FILE")]
    [InlineData("0.1", "Linux/UNIX", "r5.large", true, "no on-demand price of r5.large")]
    [InlineData("dear", "Linux/UNIX", "m5.xlarge", true, "SpotPrice 'dear'")]
    [InlineData("0.1", "Windows", "m5.xlarge", true, "--product-descriptions")]
    [InlineData("0.1", "Linux/UNIX", "m5.xlarge", true, "less than the deadline")]
    public async Task a_bad_price_history_is_named(string price, string product, string type, bool priced, string said)
    {
        History(Entry("us-east-1a", "1T00:00", price, product, type), Entry("us-east-1a", "1T01:00", price, product, type));
        string[] options = priced ? ["--on-demand-prices", OnDemandPrices()] : [];
        var result = await CliProcess.RunAsync(new Dictionary<string, string>(StringComparer.Ordinal), ["backtest", "--traces", folder, .. options]);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("m5", result.Error, StringComparison.Ordinal);
        Assert.Contains(said, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task the_command_replays_prices_and_draws_the_pools()
    {
        History(
            Entry("us-east-1a", "1T00:00", "0.08"), Entry("us-east-1b", "1T00:00", "0.12"), Entry("us-east-1b", "1T06:00", "0.03"), Entry("us-east-1b", "2T04:00", "0.04"),
            Entry("us-east-1a", "2T04:00", "0.08"));
        var plot = Path.Combine(folder, "run.svg");
        var result = (await CliProcess.RunAsync(new Dictionary<string, string>(StringComparer.Ordinal), ["backtest", "--traces", folder, "--on-demand-prices", OnDemandPrices(), "--job-hours", "20", "--deadline", "26", "--plot", plot])).Succeeds();
        Assert.Contains("always available", result.Output, StringComparison.Ordinal);
        // six hours at 0.4 of on-demand, the rest and two changeovers at 0.15
        Assert.Matches(@"\nscout: cost 0\.2\d{2} of on-demand, missed 0 of 1, moves 1\.0 \(greedy 0\.2\d{2}, uniform progress 0\.404, optimum 0\.1\d{2}\)\n$", result.Output);
        var drawn = XDocument.Load(plot).Root!.Value;
        Assert.Contains("m5.xlarge us-east-1b", drawn, StringComparison.Ordinal);
        Assert.Contains("price, fraction of on-demand", drawn, StringComparison.Ordinal);
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
    [InlineData("""{"prices": [1]}""", "neither data nor SpotPriceHistory")]
    [InlineData("[1]", "its JSON is no object")]
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
