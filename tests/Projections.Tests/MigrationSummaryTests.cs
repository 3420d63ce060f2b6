using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Projections.Tests;

public sealed class MigrationSummaryTests : IAsyncLifetime
{
    ProjectionFixture fixture = null!;

    public async ValueTask InitializeAsync() => fixture = await ProjectionFixture.CreateAsync();

    public ValueTask DisposeAsync() => fixture.DisposeAsync();

    async Task<MigrationSummary> SummaryOf(MigrationStory story)
    {
        await fixture.GivenAsync(story);
        return await fixture.ThenAsync<MigrationSummary>(story);
    }

    [Fact]
    public async Task GivenRequested_ThenPendingWithItsRequester()
    {
        var summary = await SummaryOf(new MigrationStory().Requested());
        Assert.Equal(MigrationStatus.Pending, summary.Status);
        Assert.Equal(("ana", MigrationStory.Start, "default", 3), (summary.RequestedBy, summary.RequestedAt, summary.CustomerId, summary.PhaseCount));
        Assert.False(summary.IsOver);
    }

    [Fact]
    public async Task GivenAnalysed_ThenCountsOpportunitiesAndRefusalsByReason()
    {
        var summary = await SummaryOf(new MigrationStory().Analysed());
        Assert.Equal(MigrationStatus.Analyzing, summary.Status);
        Assert.Equal((8, 1_121.28m, 6), (summary.InstancesAnalysed, summary.FleetMonthlyUsd, summary.Opportunities));
        Assert.Equal([(RefusalReason.Protected, 1), (RefusalReason.BurstableType, 1)], summary.Refusals.Select(r => (r.Key, r.Value)));
    }

    [Fact]
    public async Task GivenVotes_ThenAwaitsApprovalOfThePlanWithoutTheExcluded()
    {
        var story = new MigrationStory().Voted();
        var summary = await SummaryOf(story);
        Assert.Equal(MigrationStatus.AwaitingApproval, summary.Status);
        Assert.Equal((story.State!.PlanHash, 5, 473.20m), (summary.PlanHash, summary.PlannedInstances, summary.PromisedSavingMonthlyUsd));
        Assert.Equal([("cost", true, 0), ("performance", true, 0), ("application", true, 0), ("resource", false, 1)], summary.Votes.Select(v => (v.Agent, v.Approved, v.Excluded)));
        Assert.Contains($"optiinfra approve {story.Id}", summary.Question, StringComparison.Ordinal);
        Assert.Equal(story.State.ApprovalExpiresAt, summary.ExpiresAt);
    }

    [Fact]
    public async Task GivenApprovedAndPhaseOneMoved_ThenExecutingTenPercentUnderWatch()
    {
        var story = new MigrationStory().Approved().PhaseMoved(1);
        var summary = await SummaryOf(story);
        Assert.Equal(MigrationStatus.Executing10Percent, summary.Status);
        Assert.Equal(("ben", null, 1, 10, 1), (summary.ApprovedBy, summary.Question, summary.Phase, summary.Percent, summary.Moved));
        Assert.Equal(story.State!.WindowEndsAt, summary.WindowEndsAt);
    }

    [Fact]
    public async Task GivenHealthyMeasurement_ThenShowsItAgainstTheBaseline()
    {
        var summary = await SummaryOf(new MigrationStory().Approved().PhaseMoved(1).Measured(1));
        Assert.NotNull(summary.LastQuality);
        Assert.Equal((1, QualityVerdict.Healthy), (summary.LastQuality.Phase, summary.LastQuality.Verdict));
        Assert.Equal(0, summary.LastQuality.Degradation!.Value, 6);
        Assert.Equal(summary.LastQuality.BaselineP95Seconds, summary.LastQuality.P95Seconds);
    }

    [Fact]
    public async Task GivenInterruption_ThenTheInstanceCountsAsMovedOnlyOnceItIsAgain()
    {
        var story = new MigrationStory().Approved().Do(new StartPhase(new MigrationStory().Id, 1)).Moved("i-1");
        Assert.Equal(1, (await SummaryOf(story)).Moved);
        story.Do(new ReportInterruption(story.Id, "i-1", "i-1-r1", null, "instance-action: terminate"));
        var interrupted = await SummaryOf(story);
        Assert.Equal((0, 1), (interrupted.Moved, interrupted.Interruptions));
        story.Moved("i-1", attempt: 2);
        Assert.Equal(1, (await SummaryOf(story)).Moved);
        story.Do(new ReportInterruption(story.Id, "i-1", "i-1-r2", null, "again")).Do(new ReturnToOnDemand(story.Id, "i-1", "no pool left"));
        var returned = await SummaryOf(story);
        Assert.Equal((0, 2, 1), (returned.Moved, returned.Interruptions, returned.ReturnedToOnDemand));
    }

    [Fact]
    public async Task GivenCompleted_ThenPromisedAndRealised()
    {
        var summary = await SummaryOf(new MigrationStory().Completed());
        Assert.Equal(MigrationStatus.Complete, summary.Status);
        // five instances, each (0.192 − 0.05) × 730
        Assert.Equal((5, 5, 473.20m, 518.30m), (summary.Moved, summary.Retired, summary.PromisedSavingMonthlyUsd, summary.RealisedSavingMonthlyUsd));
        Assert.True(summary.IsOver);
        Assert.NotNull(summary.EndedAt);
    }

    [Fact]
    public async Task GivenDegradedInPhaseTwoAndRolledBack_ThenNothingIsMovedAndTheReasonIsThere()
    {
        var story = new MigrationStory().DegradedInPhase(2);
        var rollingBack = await SummaryOf(story);
        Assert.Equal((MigrationStatus.RollingBack, 3), (rollingBack.Status, rollingBack.Moved));
        var summary = await SummaryOf(story.RolledBack());
        Assert.Equal((MigrationStatus.RolledBack, 0, 3, true), (summary.Status, summary.Moved, summary.RolledBack, summary.FleetAsBefore!.Value));
        Assert.Equal(QualityVerdict.Degraded, summary.LastQuality!.Verdict);
        Assert.Equal(summary.LastQuality.Explanation, summary.Reason);
    }

    [Fact]
    public async Task GivenTooLittleDataTwice_ThenPausedWithAQuestion()
    {
        var story = new MigrationStory().Approved().PhaseMoved(1).Measured(1, requests: 10).Measured(1, requests: 10);
        var summary = await SummaryOf(story);
        Assert.Equal(MigrationStatus.Paused, summary.Status);
        Assert.Contains($"optiinfra resume {story.Id}", summary.Question, StringComparison.Ordinal);
        var resumed = await SummaryOf(story.Do(new ResumeMigration(story.Id, "ana")));
        Assert.Equal((MigrationStatus.Executing10Percent, null), (resumed.Status, resumed.Question));
    }

    [Fact]
    public async Task GivenRejectedExpiredOrCancelled_ThenOverWithItsReason()
    {
        var rejected = new MigrationStory(Guid.CreateVersion7()).Voted();
        rejected.Do(new RejectMigration(rejected.Id, "ben", "not this week"));
        var expired = new MigrationStory(Guid.CreateVersion7()).Voted();
        expired.Now += TimeSpan.FromDays(2);
        expired.Do(new ExpireApproval(expired.Id));
        var cancelled = new MigrationStory(Guid.CreateVersion7()).Voted();
        cancelled.Do(new CancelMigration(cancelled.Id, "ana", "mistake"));

        var rejectedSummary = await SummaryOf(rejected);
        Assert.Equal(MigrationStatus.Failed, rejectedSummary.Status);
        Assert.Contains("not this week", rejectedSummary.Reason, StringComparison.Ordinal);
        var expiredSummary = await SummaryOf(expired);
        Assert.Equal((MigrationStatus.Failed, null), (expiredSummary.Status, expiredSummary.Question));
        Assert.Contains("before it expired", expiredSummary.Reason, StringComparison.Ordinal);
        var cancelledSummary = await SummaryOf(cancelled);
        Assert.Equal((MigrationStatus.Cancelled, "mistake", true), (cancelledSummary.Status, cancelledSummary.Reason, cancelledSummary.FleetAsBefore!.Value));
    }

    [Fact]
    public async Task AfterEveryStepOfEveryStory_ThenTheStatusIsTheAggregates()
    {
        foreach (var told in (Func<MigrationStory, MigrationStory>[])
            [s => s.Completed(), s => s.DegradedInPhase(1).RolledBack(), s => s.DegradedInPhase(3).RolledBack(), s => s.Approved().PhaseMoved(1).Measured(1, requests: 10).Measured(1, requests: 10)])
        {
            var whole = told(new MigrationStory());
            Commands.SpotMigrations.SpotMigration? state = null;
            MigrationSummary? summary = null;
            foreach (var e in whole.Events)
            {
                state = MigrationStory.Folded(state, e);
                summary = e is MigrationRequested first ? MigrationSummaryProjection.Create(first) : Folded(summary!, e);
                Assert.Equal(state!.Status, summary!.Status);
                Assert.Equal(state.Phase, summary.Phase);
            }
        }
    }

    static MigrationSummary Folded(MigrationSummary summary, object e)
    {
        var apply = typeof(MigrationSummaryProjection).GetMethod("Apply", [e.GetType(), typeof(MigrationSummary)]);
        return apply is null ? summary : (MigrationSummary)apply.Invoke(null, [e, summary])!;
    }
}
