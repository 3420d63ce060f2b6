using OptiInfra.Contracts;
using OptiInfra.Contracts.LiveMigrations;

namespace OptiInfra.Projections.Tests;

public sealed class JobViewsTests : IAsyncLifetime
{
    ProjectionFixture fixture = null!;

    public async ValueTask InitializeAsync() => fixture = await ProjectionFixture.CreateAsync();

    public ValueTask DisposeAsync() => fixture.DisposeAsync();

    async Task<JobSummary> SummaryOf(JobStory story)
    {
        await fixture.GivenAsync(story);
        return await fixture.ThenAsync<JobSummary>(story);
    }

    async Task<JobHistory> HistoryOf(JobStory story)
    {
        await fixture.GivenAsync(story);
        return await fixture.ThenAsync<JobHistory>(story);
    }

    [Fact]
    public async Task GivenSubmitted_ThenPendingWithWhatItsTeamSaid()
    {
        var job = await SummaryOf(new JobStory().Submitted());
        Assert.Equal((JobStatus.Pending, "regression", "ana", "default", 48.0), (job.Status, job.Name, job.SubmittedBy, job.CustomerId, job.EstimatedHours));
        Assert.Equal((JobStory.Start, JobStory.Start.AddHours(60), "search"), (job.SubmittedAt, job.Deadline, job.Tags["team"]));
        Assert.Equal((null, null, 0m), (job.Working, job.LastOffer, job.PaidUsd(JobStory.Start.AddDays(1))));
    }

    [Fact]
    public async Task GivenRunning_ThenWhereItRunsHowFarItIsAndWhatItHasCost()
    {
        var story = new JobStory().Running();
        var job = await SummaryOf(story);
        Assert.Equal((JobStatus.Running, "i-1", JobStory.Dear, 0.05m), (job.Status, job.Working!.InstanceId, job.Working.Pool, job.Working.HourlyUsd));
        Assert.Equal((100, 1000, 0.375, "10.0.0.1:8080", 1), (job.Step, job.Iterations, job.Loss, job.EndpointAddress, job.EndpointEpoch));
        Assert.Equal(("the only offer", 0.096m), (job.LastOffer!.Reasons[0], job.OnDemandHourlyUsd));
        var later = story.Events.OfType<InstanceProvisioned>().Single().At.AddHours(10);
        Assert.Equal((0.5m, 0.96m, 0.46m), (job.PaidUsd(later), job.OnDemandUsd(later), job.SavedUsd(later)));
    }

    [Fact]
    public async Task GivenABetterOffer_ThenMigratingWithTheScoutsReasons()
    {
        var job = await SummaryOf(new JobStory().Running().BetterOffer());
        Assert.Equal((JobStatus.Migrating, MigrationTrigger.BetterOffer, 1), (job.Status, job.Moving, job.WorkingEpoch));
        Assert.Equal((JobStory.Cheap, 0.9m), (job.LastOffer!.Pool, job.LastOffer.ExpectedSavingUsd));
        Assert.Equal(["40 % cheaper", "it pays for itself"], job.LastOffer.Reasons);
    }

    [Fact]
    public async Task GivenAMove_ThenRunningOnTheNextWhileBothArePaidFor()
    {
        var story = new JobStory().Running().Moved();
        var job = await SummaryOf(story);
        Assert.Equal((JobStatus.Running, 2, 1, null), (job.Status, job.WorkingEpoch, job.Migrations, job.Moving));
        Assert.Equal("10.0.0.2:8080", job.EndpointAddress);
        var (first, second) = (job.Instances[0].ProvisionedAt!.Value, job.Instances[1].ProvisionedAt!.Value);
        var at = second.AddHours(1);
        Assert.Equal(decimal.Round((0.05m * (decimal)(at - first).TotalHours) + 0.03m, 6), job.PaidUsd(at));
    }

    [Fact]
    public async Task GivenTheLastTrainerIsLost_ThenScoutingWithNothingThatWorks()
    {
        var story = new JobStory().Running();
        var job = await SummaryOf(story.Do(new ReportTrainerLost(story.Id, 1, Gone: true, 130, "silent for 2 minutes")));
        Assert.Equal((JobStatus.Scouting, null, "silent for 2 minutes"), (job.Status, job.Working, job.Instances[0].Failure));
    }

    [Fact]
    public async Task GivenAnInterruption_ThenItIsCountedAndTheJobMigrates()
    {
        var story = new JobStory().Running();
        var job = await SummaryOf(story.Do(new ReportTrainerLost(story.Id, 1, Gone: false, 130, "notice")));
        Assert.Equal((JobStatus.Migrating, 1, MigrationTrigger.Interruption), (job.Status, job.Interruptions, job.Moving));
    }

    [Fact]
    public async Task GivenACallForAttention_ThenItStandsUntilThatStepSucceeds()
    {
        var story = new JobStory().Running().Moved();
        story.Do(new TimeOutJob(story.Id, JobWait.Retirement, 1));
        Assert.Contains("i-1 should be gone", (await SummaryOf(story)).Attention, StringComparison.Ordinal);
        Assert.Null((await SummaryOf(story.Gone(1))).Attention);
    }

    [Fact]
    public async Task GivenFinished_ThenCompletedWithTheSettledFigures()
    {
        var story = new JobStory().Running().Moved().Finished();
        var job = await SummaryOf(story);
        var end = (JobCompleted)story.Events[^1];
        Assert.Equal((JobStatus.Completed, true, end.At, 1000), (job.Status, job.IsOver, job.EndedAt, job.Step));
        Assert.Equal((end.PaidUsd, end.OnDemandUsd), (job.PaidUsd(end.At.AddYears(1)), job.OnDemandUsd(end.At.AddYears(1))));
        Assert.Equal((0.125, "0x1.0p-3"), (job.Loss, job.LossHex));
    }

    [Theory]
    [InlineData(JobStatus.Cancelled)]
    [InlineData(JobStatus.Failed)]
    public async Task GivenItStops_ThenEndingAndThenOverWithTheReason(JobStatus ending)
    {
        var story = new JobStory().Offered();
        if (ending is JobStatus.Cancelled)
            story.Do(new CancelJob(story.Id, "ana", "not needed"));
        else
            for (var epoch = 1; epoch <= story.State!.Spec.Policy.MaxFailedLaunches; epoch++)
            {
                story.Do(new StartProvisioning(story.Id)).Do(new RecordProvisioningFailed(story.Id, epoch, null, "InsufficientInstanceCapacity", "none"));
                if (story.State!.IsLive)
                    story.Do(new ProposeOffer(story.Id, null, JobStory.Dear, 0.05m, null, ((OfferFound)story.Events[2]).Observed, []));
            }

        Assert.Equal(JobStatus.Ending, (await SummaryOf(story)).Status);
        foreach (var trainer in story.State!.Trainers)
            story.Do(new RecordInstanceTerminated(story.Id, trainer.Epoch, null));
        var job = await SummaryOf(story.Do(new ConcludeJob(story.Id)));
        Assert.Equal((ending, true), (job.Status, job.IsOver));
        Assert.Contains(ending is JobStatus.Cancelled ? "not needed" : "10 launches in a row", job.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GivenAWholeJob_ThenEveryEventIsASentenceAndTheLossFalls()
    {
        var story = new JobStory().Running().Moved().Finished();
        var history = await HistoryOf(story);
        Assert.Equal(story.Events.Count, history.Lines.Count);
        Assert.Equal("ana submitted the job regression: about 48 hours, to be done by 2026-02-05 20:00:00 UTC, checkpoints in s3://acme-training/jobs/0198a000-0000-7000-8000-000000000077.", history.Lines[0].Text);
        Assert.Contains(history.Lines, l => l.Text == "The scout found a better place, spot m5.large us-east-1b at 0.0300 USD/h (40.0 % less an hour, 0.90 USD expected in all): 40 % cheaper; it pays for itself.");
        Assert.Contains(history.Lines, l => l.Text == "Trainer 2 on i-2 took over at step 120, 5 steps lost, 70 s after the changeover began.");
        Assert.Equal([(50, 0.75, 1), (100, 0.375, 1), (120, 0.375, 1), (150, 0.1875, 2), (1000, Math.ScaleB(1.5, -20), 2)], history.Losses.Select(l => (l.Step, l.Loss!.Value, l.Epoch)));
    }

    [Fact]
    public async Task GivenAMove_ThenTheChangeoverWithItsParts()
    {
        var story = new JobStory().Running().BetterOffer();
        var underWay = Assert.Single((await HistoryOf(story)).Changeovers);
        Assert.Equal((1, ChangeoverOutcome.UnderWay, 1, JobStory.Dear, null), (underWay.Number, underWay.Outcome, underWay.FromEpoch, underWay.FromPool, underWay.ToEpoch));

        var moved = Assert.Single((await HistoryOf(new JobStory(Guid.CreateVersion7()).Running().Moved())).Changeovers);
        Assert.Equal((ChangeoverOutcome.Resumed, 2, JobStory.Cheap, 120, 5), (moved.Outcome, moved.ToEpoch, moved.ToPool, moved.Step, moved.LostSteps));
        Assert.Equal(new ChangeoverParts(10, 10, 10, 20, 10, 70), moved.Parts);
    }

    [Fact]
    public async Task GivenAnInterruptionWhileACheckpointIsAwaited_ThenThatChangeoverIsOvertaken()
    {
        var story = new JobStory().Running().BetterOffer();
        story.Do(new ReportTrainerLost(story.Id, 1, Gone: false, 110, "notice"));
        Assert.Equal([(ChangeoverOutcome.Overtaken, MigrationTrigger.BetterOffer), (ChangeoverOutcome.UnderWay, MigrationTrigger.Interruption)], (await HistoryOf(story)).Changeovers.Select(c => (c.Outcome, c.Trigger)));
        story.Do(new CancelJob(story.Id, "ana", "not needed"));
        Assert.Equal(ChangeoverOutcome.Ended, (await HistoryOf(story)).Changeovers[^1].Outcome);
    }

    [Fact]
    public async Task GivenNoCheckpoint_ThenTheChangeoverIsAbandoned()
    {
        var story = new JobStory().Running().BetterOffer();
        story.Do(new RecordCheckpointRefused(story.Id, 1, "S3 says 503"));
        var changeover = Assert.Single((await HistoryOf(story)).Changeovers);
        Assert.Equal((ChangeoverOutcome.Abandoned, "No checkpoint before the move: S3 says 503"), (changeover.Outcome, changeover.Reason));
    }

    [Fact]
    public void EveryEventOfAJob_ThenHasASentenceOfItsOwn()
    {
        Assert.DoesNotContain(new JobStory().Running().Moved().Finished().Events.Select(TimelineSentences.Of), text => text.EndsWith(" happened.", StringComparison.Ordinal));
        // those that no story tells: the switch must name them nevertheless
        var source = File.ReadAllText(Path.Combine(OptiInfra.Testing.ProjectRoot.Path, "src/Projections/TrainingJobs/JobSentences.cs"));
        Assert.All(ContractsJson.EventTypes.Where(t => t.Type.Namespace == typeof(JobSubmitted).Namespace), t => Assert.Contains($"        {t.Type.Name} ", source, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("0x1.8000000000000p-3", 0.1875)]
    [InlineData("0x1.999999999999ap-4", 0.1)]
    [InlineData("-0x1.0p+4", -16.0)]
    [InlineData("0x0.0p+0", 0.0)]
    [InlineData("0x0.0000000000001p-1022", double.Epsilon)]
    [InlineData("0x1.fffffffffffffp+1023", double.MaxValue)]
    public void ALossInHexadecimal_ThenIsReadToTheLastDigit(string text, double loss) => Assert.Equal(loss, LossText.Read(text));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("nan")]
    [InlineData("inf")]
    [InlineData("0.1875")]
    [InlineData("0x1.8")]
    [InlineData("0xp1")]
    [InlineData("0x1.ffffffffffffffffffp1")]
    [InlineData("0x1.0p+5000")]
    public void WhatIsNoLoss_ThenIsUnknown(string? text) => Assert.Null(LossText.Read(text));
}
