using OptiInfra.Contracts.LiveMigrations;
using static OptiInfra.Commands.Tests.LiveMigrations.JobScene;

namespace OptiInfra.Commands.Tests.LiveMigrations;

/// <summary>RequestEndpointSwitch, RecordEndpointSwitched, RecordEndpointSwitchFailed, RecordTakeOver and RecordTakeOverFailed.</summary>
public sealed class HandoverTests
{
    static RecordEndpointSwitched Switched(int epoch) => new(AJob.Id, epoch, AJob.Address(epoch));

    static RecordTakeOver TakenOver(int epoch, int step = 75, int finalStep = 90) => new(AJob.Id, epoch, AJob.Report(epoch, step), finalStep);

    [Fact]
    public void GivenAReadyTrainer_WhenTheSwitchIsAskedFor_ThenItIsOnce()
    {
        var past = JobPast.NextReady();
        Given(past).When(new RequestEndpointSwitch(AJob.Id, 2))
            .Then(new EndpointSwitchRequested(AJob.Id, 2, AJob.Address(2), false, past.Now)).Again().ThenNothing();
        Given(past).When(new RequestEndpointSwitch(AJob.Id, 1)).ThenNothing();
    }

    [Fact]
    public void GivenTheSwitch_WhenItIsDone_ThenTheNextTrainerIsToTakeOver()
    {
        var past = JobPast.NextReady().SwitchAsked();
        Given(past).When(Switched(2))
            .Then(new EndpointSwitched(AJob.Id, 2, AJob.Address(2), false, past.Now), new TakeOverRequested(AJob.Id, 2, AJob.Address(2), 1, past.Now))
            .Where(job => Assert.Equal((1, 2, 2), (job.WorkingEpoch, job.EndpointEpoch, job.TakingOver)))
            .Again().ThenNothing();
    }

    [Fact]
    public void GivenTheSwitch_WhenItFails_ThenTheOldTrainerKeepsTheJobAndTheEndpoint() =>
        Given(JobPast.NextReady().SwitchAsked()).When(new RecordEndpointSwitchFailed(AJob.Id, 2, "no proxy answers"))
            .ThenKinds(typeof(ProvisioningFailed), typeof(MigrationAbandoned), typeof(EndpointSwitchRequested))
            .Where(job => Assert.Equal((JobStatus.Running, 1, 1, 1), (job.Status, job.WorkingEpoch, job.EndpointEpoch, job.SwitchingTo)))
            .Again().ThenNothing()
            .When(Switched(2)).ThenNothing()
            .When(Switched(1)).ThenKinds(typeof(EndpointSwitched))
            .Where(job => Assert.Null(job.SwitchingTo));

    [Fact]
    public void GivenAnInterruptedTrainer_WhenTheSwitchFails_ThenTheNextTakesOverAllTheSame_AndTheSwitchIsTriedOn()
    {
        var takingOver = Given(JobPast.NextReady().SwitchAsked().Interrupted()).When(new RecordEndpointSwitchFailed(AJob.Id, 2, "no proxy answers"))
            .ThenKinds(typeof(JobAttentionNeeded), typeof(TakeOverRequested));
        var switched = takingOver.When(TakenOver(2)).ThenKinds(typeof(TrainerFenced), typeof(TrainingResumed))
            .Where(job => Assert.Equal((2, 1, 2), (job.WorkingEpoch, job.EndpointEpoch, job.SwitchingTo)))
            .When(Switched(2)).ThenKinds(typeof(EndpointSwitched));
        Assert.False(switched.Single<EndpointSwitched>().Back);
    }

    [Fact]
    public void GivenTheFirstTakeOver_WhenItIsDone_ThenTrainingHasStarted()
    {
        var past = JobPast.Offered().Starting().Launched().Ready().SwitchAsked().Switched();
        Given(past).When(TakenOver(1, step: 0, finalStep: 0))
            .Then(new TrainingStarted(AJob.Id, 1, AJob.Instance(1), past.Now))
            .Where(job => Assert.Equal((JobStatus.Running, 1, 0), (job.Status, job.WorkingEpoch, job.Migrations)))
            .Again().ThenNothing();
    }

    [Fact]
    public void GivenATakeOver_WhenItIsDone_ThenTheOldTrainerIsFencedAndWhatWasLostIsTold()
    {
        var past = JobPast.TakingOver().Later(TimeSpan.FromSeconds(8));
        Given(past).When(TakenOver(2))
            .Then(
                new TrainerFenced(AJob.Id, 1, AJob.Instance(1), 2, past.Now),
                // trigger, checkpoint, intent, launch, ready, switch asked, switched, take-over asked: a second each
                new TrainingResumed(AJob.Id, 1, 2, AJob.Instance(2), 75, 15, new ChangeoverParts(1, 1, 1, 2, 10, 16), past.Now))
            .Where(job => Assert.Equal((JobStatus.Running, 2, 1, null), (job.Status, job.WorkingEpoch, job.Migrations, job.Changeover)))
            .Again().ThenNothing()
            .When(new RecordInstanceTerminated(AJob.Id, 1, AJob.Instance(1))).ThenKinds(typeof(OldInstanceTerminated)).Again().ThenNothing();
    }

    [Theory]
    [InlineData("standby", 2)]
    [InlineData("fenced", 2)]
    [InlineData("training", 1)]
    public void GivenATakeOver_WhenTheTrainerDoesNotTrainInItsEpoch_ThenItHasNotTakenOver(string state, int epoch) =>
        Given(JobPast.TakingOver()).When(new RecordTakeOver(AJob.Id, 2, AJob.Report(epoch, 75, state), 90)).ThenRefused("not_taken_over", state);

    [Fact]
    public void GivenATrainerThatWasNotTold_WhenItSaysThatItTookOver_ThenNothing() => Given(JobPast.NextReady().SwitchAsked()).When(TakenOver(2)).ThenNothing();

    [Fact]
    public void GivenATakeOver_WhenItFails_ThenTheEndpointGoesBack()
    {
        var back = Given(JobPast.TakingOver()).When(new RecordTakeOverFailed(AJob.Id, 2, "it does not answer"))
            .ThenKinds(typeof(ProvisioningFailed), typeof(MigrationAbandoned), typeof(EndpointSwitchRequested));
        Assert.Equal((1, true), (back.Single<EndpointSwitchRequested>().Epoch, back.Single<EndpointSwitchRequested>().Back));
        var done = back.Again().ThenNothing().When(Switched(1));
        Assert.True(done.Single<EndpointSwitched>().Back);
        done.Where(job => Assert.Equal((JobStatus.Running, 1, 1), (job.Status, job.WorkingEpoch, job.EndpointEpoch)));
    }

    [Fact]
    public void GivenTheEndpointOnTheNextTrainer_WhenThatIsLost_ThenTheEndpointGoesBackToTheOneThatWorks() =>
        Given(JobPast.TakingOver()).When(new ReportTrainerLost(AJob.Id, 2, Gone: true, 75, "terminated"))
            .ThenKinds(typeof(ProvisioningFailed), typeof(MigrationAbandoned), typeof(EndpointSwitchRequested))
            .Where(job => Assert.Equal((1, 1), (job.WorkingEpoch, job.SwitchingTo)));

    [Fact]
    public void GivenTheEndpointOnTheNextTrainer_WhenTheOldOneIsLost_ThenTheNextTakesOverWithNoOneToFence()
    {
        var lost = Given(JobPast.TakingOver()).When(new ReportTrainerLost(AJob.Id, 1, Gone: true, 88, "terminated"))
            .ThenKinds(typeof(TrainerLost))
            .Where(job => Assert.Equal((JobStatus.Provisioning, null, 2, 2), (job.Status, job.WorkingEpoch, job.TakingOver, job.EndpointEpoch)));
        var resumed = lost.When(TakenOver(2, finalStep: 0)).ThenKinds(typeof(TrainingResumed)).Single<TrainingResumed>();
        Assert.Equal(13, resumed.LostSteps);
    }

    [Fact]
    public void GivenNoTrainerThatWorks_WhenTheTakeOverFails_ThenTheScoutLooksAgain() =>
        Given(JobPast.TakingOver().Lost()).When(new RecordTakeOverFailed(AJob.Id, 2, "it does not answer"))
            .ThenKinds(typeof(ProvisioningFailed), typeof(ScoutingStarted))
            .Where(job => Assert.Equal((JobStatus.Scouting, true), (job.Status, job.NeedsPlace)));
}
