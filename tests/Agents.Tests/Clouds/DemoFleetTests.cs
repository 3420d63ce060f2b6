using System.Collections.Concurrent;
using OptiInfra.Agents.Cost;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;
using OptiInfra.Testing;

namespace OptiInfra.Agents.Tests.Clouds;

/// <summary>The analysis of the demo's fleet, from the wire to the opportunities.</summary>
public sealed class DemoFleetTests(CloudSimFixture box)
{
    static readonly string[] Ids = [.. FleetFile.Read(Path.Combine(ProjectRoot.Path, "infra", "demo", "fleet.json")).Select(i => i.InstanceId)];

    Task<FleetObservation> ObserveAsync(IProgress<ObservationProgress>? progress = null) =>
        box.Observer.ObserveAsync(new FleetSelector { InstanceIds = Ids }, new MigrationPolicy(), progress);

    [Fact]
    public async Task about_six_of_ten_instances_qualify_and_a_third_of_the_cost_is_saved()
    {
        var assessment = CostAssessment.Assess(await ObserveAsync(), new MigrationPolicy());

        Assert.InRange(assessment.Opportunities.Count, 5, 7);
        Assert.Equal(10, assessment.Opportunities.Count + assessment.Refusals.Count);
        Assert.InRange(assessment.Opportunities.Sum(o => o.ExpectedSavingMonthlyUsd) / assessment.FleetMonthlyUsd, 0.25m, 0.45m);
        Assert.All(assessment.Opportunities, o => Assert.InRange(o.Candidates.Count, 2, 6));
        Assert.True(assessment.Refusals.Select(r => r.Reason).Distinct().Count() >= 3);
    }

    [Fact]
    public async Task the_pattern_that_a_workload_was_given_is_found_in_its_history()
    {
        var observation = await ObserveAsync();

        var found = observation.Instances.Where(i => i.Cpu is not null && i.Instance.Tag("cloudsim:pattern") is not null)
            .Select(i => (i.Instance.InstanceId, Given: i.Instance.Tag("cloudsim:pattern")!, Found: CostAssessment.PatternOf(i.Cpu!).ToString().ToLowerInvariant())).ToList();

        Assert.Equal(3, found.Select(f => f.Given).Distinct().Count());
        Assert.All(found, f => Assert.Equal(f.Given, f.Found));
    }

    [Fact]
    public async Task use_is_what_the_workload_was_given()
    {
        var observation = await ObserveAsync();

        var ranker = observation.Instances.Single(i => i.Instance.Tag("Name") == "search-ranker-1");
        Assert.Equal(7 * 24, ranker.Cpu!.Hours, 2.0);
        Assert.Equal(0.48, ranker.Cpu.P95, 0.05);
        Assert.Equal(0.46, ranker.Memory!.P95, 0.05);
    }

    [Fact]
    public async Task use_of_which_nothing_is_recorded_is_unknown_not_idle()
    {
        var stranger = Assert.Single((await box.Observer.ObserveAsync([Given.Instance("i-7")], new MigrationPolicy())).Instances);

        Assert.Null(stranger.Cpu);
        Assert.Null(stranger.Memory);
    }

    [Fact]
    public async Task progress_is_told_for_each_part()
    {
        var told = new ConcurrentQueue<ObservationProgress>();

        await ObserveAsync(new Told(told));

        Assert.Equal(["instances", "spot prices", "utilisation"], told.Select(p => p.Step).Distinct());
        Assert.Equal(new ObservationProgress("instances", 10, 10), told.Last(p => p.Step == "instances"));
    }

    [Fact]
    public async Task an_instance_that_does_not_exist_is_named()
    {
        var wrong = await Assert.ThrowsAsync<BadInputException>(() => box.Observer.ObserveAsync(new FleetSelector { InstanceIds = [Ids[0], "i-404"] }, new MigrationPolicy()));

        Assert.Contains("no instance i-404", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_type_that_does_not_exist_names_its_instance()
    {
        FleetInstance[] fleet = [Given.Instance("i-7", "x9.imaginary")];

        var wrong = await Assert.ThrowsAsync<BadInputException>(() => box.Observer.ObserveAsync(fleet, new MigrationPolicy()));

        Assert.Contains("'x9.imaginary' (of i-7)", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task the_fleet_file_and_the_cloud_tell_of_the_same_fleet()
    {
        var file = FleetFile.Read(Path.Combine(ProjectRoot.Path, "infra", "demo", "fleet.json"));

        var fromFile = CostAssessment.Assess(await box.Observer.ObserveAsync(file, new MigrationPolicy()), new MigrationPolicy());
        var fromCloud = CostAssessment.Assess(await ObserveAsync(), new MigrationPolicy());

        Assert.Equal(fromCloud.Opportunities.Select(o => o.InstanceId), fromFile.Opportunities.Select(o => o.InstanceId));
        Assert.Equal(fromCloud.Refusals.Select(r => (r.InstanceId, r.Reason)), fromFile.Refusals.Select(r => (r.InstanceId, r.Reason)));
    }

    [Fact]
    public async Task the_boxs_pages_are_read()
    {
        var metrics = box.Metrics();
        var instance = Given.Instance(Ids[0]);

        var reading = await metrics.ReadAsync(instance);

        Assert.NotNull(reading.Snapshot);
        Assert.True(reading.Snapshot.Requests > 0);
        Assert.False(reading.TerminationImminent);
        Assert.True(await metrics.IsHealthyAsync(instance));
        Assert.False(await metrics.IsHealthyAsync(Given.Instance("i-404")));
    }

    sealed class Told(ConcurrentQueue<ObservationProgress> told) : IProgress<ObservationProgress>
    {
        public void Report(ObservationProgress value) => told.Enqueue(value);
    }
}
