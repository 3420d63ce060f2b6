using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Projections.Tests;

public sealed class OtherViewsTests : IAsyncLifetime
{
    ProjectionFixture fixture = null!;

    public async ValueTask InitializeAsync() => fixture = await ProjectionFixture.CreateAsync();

    public ValueTask DisposeAsync() => fixture.DisposeAsync();

    [Fact]
    public async Task GivenVotes_ThenEachWithItsConfidenceConcernsAndEvidence()
    {
        var story = new MigrationStory().Analysed().Do(new RequestVotes(new MigrationStory().Id));
        await fixture.GivenAsync(story);
        Assert.Equal(["cost", "performance", "resource", "application"], (await fixture.ThenAsync<AgentVotes>(story)).Missing);

        var voted = new MigrationStory(Guid.CreateVersion7()).Voted();
        await fixture.GivenAsync(voted);
        var votes = await fixture.ThenAsync<AgentVotes>(voted);
        Assert.Empty(votes.Missing);
        var resource = votes.Votes.Single(v => v.Agent == "resource");
        Assert.False(resource.Approved);
        Assert.Equal(["i-6"], resource.ExcludedInstanceIds);
        Assert.Equal(["placement score 2 of 10"], resource.Concerns);
        Assert.Equal("2", resource.Evidence["score"]);
    }

    [Fact]
    public async Task GivenAnalysisAndAnExclusion_ThenOpportunitiesAndRefusalsWithTheirEvidence()
    {
        var story = new MigrationStory().Voted();
        await fixture.GivenAsync(story);
        var opportunities = await fixture.ThenAsync<MigrationOpportunities>(story);
        Assert.Equal(["i-1", "i-2", "i-3", "i-4", "i-5", "i-6"], opportunities.Found.Select(f => f.InstanceId));
        Assert.Equal(["i-6"], opportunities.Found.Where(f => f.ExcludedBy == "resource").Select(f => f.InstanceId));
        Assert.Equal("spot m5.xlarge us-east-1a", opportunities.Found[0].RecommendedPool);
        Assert.Equal(
            [("i-7", RefusalReason.BurstableType, null), ("i-8", RefusalReason.Protected, "search")],
            opportunities.Refused.Select(r => (r.InstanceId, r.Reason, r.Team)));
        Assert.Equal("t3.large is burstable", opportunities.Refused[0].Evidence);
    }

    [Fact]
    public async Task GivenMovesFailuresAndInterruptions_ThenEachInstanceStandsWhereItDoes()
    {
        var story = new MigrationStory().Approved().PhaseMoved(1).Measured(1).Do(new StartPhase(new MigrationStory().Id, 2));
        var pool = story.State!.Planned("i-2")!.Candidates[0];
        story.Do(new StartInstanceMigration(story.Id, "i-2", 1, pool.Pool, 0.06m))
            .Do(new RecordLaunchFailed(story.Id, "i-2", 1, null, "InsufficientInstanceCapacity", "none left"))
            .Do(new FailInstanceMigration(story.Id, "i-2", "no pool would do"))
            .Do(new StartInstanceMigration(story.Id, "i-3", 1, pool.Pool, 0.06m))
            .Do(new ReportInterruption(story.Id, "i-1", "i-1-r1", null, "notice"));
        await fixture.GivenAsync(story);
        var moves = (await fixture.ThenAsync<MigrationMoves>(story)).Moves;
        Assert.Equal(
            [MoveProgress.Interrupted, MoveProgress.Failed, MoveProgress.Launching, MoveProgress.Planned, MoveProgress.Planned],
            moves.Select(m => m.Progress));
        Assert.Equal([1, 2, 2, 0, 0], moves.Select(m => m.Phase));
        Assert.Equal("no pool would do", moves[1].LastFailure);
        Assert.Equal(new CapacityPool(CapacityType.Spot, "m5.xlarge", "us-east-1a"), moves[2].Pool);
    }

    [Fact]
    public async Task GivenACompletedMigration_ThenEveryEventIsASentenceWithItsActor()
    {
        var story = new MigrationStory().Completed();
        await fixture.GivenAsync(story, actor: "ana");
        var lines = (await fixture.ThenAsync<MigrationTimeline>(story)).Lines;
        Assert.Equal(story.Events.Count, lines.Count);
        Assert.Equal(Enumerable.Range(1, lines.Count).Select(i => (long)i), lines.Select(l => l.Version));
        Assert.All(lines, l => Assert.Equal("ana", l.Actor));
        Assert.Equal("ana asked to move all running instances to spot.", lines[0].Text);
        Assert.Equal("fleet_analyzed", lines[2].Kind);
        Assert.Equal("8 instances analysed, costing 1121.28 USD a month: 6 opportunities, 2 refused (1 protected, 1 burstable type).", lines[2].Text);
        Assert.Equal("Complete: 5 instances moved, 518.30 USD a month saved of 473.20 USD promised.", lines[^1].Text);
    }

    [Fact]
    public void EveryEventType_ThenHasASentenceOfItsOwn()
    {
        var stories = (MigrationStory[])
        [
            new MigrationStory().Completed(),
            new MigrationStory().DegradedInPhase(1).RolledBack(),
        ];
        Assert.DoesNotContain(stories.SelectMany(s => s.Events).Select(TimelineSentences.Of), text => text.EndsWith(" happened.", StringComparison.Ordinal));
        // those that no story tells: the switch must name them nevertheless
        var source = File.ReadAllText(Path.Combine(OptiInfra.Testing.ProjectRoot.Path, "src/Projections/MigrationTimeline/TimelineSentences.cs"));
        Assert.All(ContractsJson.EventTypes.Where(t => t.Type.Namespace == typeof(MigrationRequested).Namespace), t => Assert.Contains($"        {t.Type.Name} ", source, StringComparison.Ordinal));
    }

    [Fact]
    public async Task GivenPromisesAndRetirementsAroundMidnight_ThenEachCountsInItsMonth()
    {
        // asked for at 23:40 on 31 January, so that the approval falls in January and the retirement in February
        var story = new MigrationStory().Completed();
        await fixture.GivenAsync(story);
        var savings = await SavingsOf("default");
        Assert.Equal(["2026-01", "2026-02"], savings.Months.Keys);
        Assert.Equal(new SavingAmounts(PromisedMonthlyUsd: 473.20m), savings.Months["2026-01"].Total);
        Assert.Equal(new SavingAmounts(RealisedMonthlyUsd: 518.30m), savings.Months["2026-02"].Total);
        // i-2 and i-4 are of team search
        Assert.Equal(2 * 94.64m, savings.Months["2026-01"].Teams["search"].PromisedMonthlyUsd);
        Assert.Equal(2 * 103.66m, savings.Months["2026-02"].Teams["search"].RealisedMonthlyUsd);
        Assert.Equal(3 * 103.66m, savings.Months["2026-02"].Teams[SavingsByMonth.NoTeam].RealisedMonthlyUsd);
        Assert.Empty(savings.OpenPlans);
    }

    [Fact]
    public async Task GivenARollback_ThenThePromiseIsWithdrawnFromTheMonthThatItWasMadeIn()
    {
        await fixture.GivenAsync(new MigrationStory().DegradedInPhase(2).RolledBack());
        var savings = await SavingsOf("default");
        Assert.Equal(new SavingAmounts(473.20m, 473.20m), savings.Months["2026-01"].Total);
        Assert.DoesNotContain("2026-02", savings.Months.Keys);
    }

    [Fact]
    public async Task GivenTwoCustomers_ThenEachHasItsOwnDocuments()
    {
        var ours = new MigrationStory(Guid.CreateVersion7(), "ours").Completed();
        var theirs = new MigrationStory(Guid.CreateVersion7(), "theirs").DegradedInPhase(1);
        await fixture.GivenAsync(ours);
        await fixture.GivenAsync(theirs);
        Assert.Equal(518.30m, (await SavingsOf("ours")).Months["2026-02"].Total.RealisedMonthlyUsd);
        Assert.Single((await SavingsOf("theirs")).OpenPlans);
        await using var session = fixture.Store.QuerySession("ours");
        Assert.Null(await session.LoadAsync<MigrationSummary>(theirs.Id));
    }

    async Task<SavingsByMonth> SavingsOf(string customer)
    {
        await using var session = fixture.Store.QuerySession(customer);
        return (await session.LoadAsync<SavingsByMonth>(customer))!;
    }
}
