using OptiInfra.Contracts.LiveMigrations;
using static OptiInfra.Commands.Tests.LiveMigrations.JobScene;

namespace OptiInfra.Commands.Tests.LiveMigrations;

/// <summary>RecordTrainerSeen and ReportTrainerLost.</summary>
public sealed class TrainerSeenTests
{
    static RecordTrainerSeen Seen(TrainerReport report) => new(AJob.Id, report.Epoch, report);

    static ReportTrainerLost Interruption(int epoch = 1) => new(AJob.Id, epoch, Gone: false, 60, "spot/instance-action");

    static ReportTrainerLost Gone(int epoch = 1) => new(AJob.Id, epoch, Gone: true, 60, "silent for 2 minutes");

    [Fact]
    public void GivenATrainer_WhenItTellsOfANewCheckpoint_ThenThatIsKeptOnce()
    {
        var past = JobPast.Running().Later(TimeSpan.FromMinutes(6));
        Given(past).When(Seen(AJob.Report(1, 110, checkpoint: AJob.Checkpoint(100, 1))))
            .Then(new CheckpointSaved(AJob.Id, AJob.Checkpoint(100, 1), AJob.Iterations, false, past.Now))
            .Where(job => Assert.Equal(361.0 / 3600 / 50, job.HoursPerStep!.Value, 12))
            .Again().ThenNothing()
            .When(Seen(AJob.Report(1, 60, checkpoint: AJob.Checkpoint(50, 1)))).ThenNothing();
    }

    // what was known could not be read: the next trainer went on from before it
    [Fact]
    public void GivenATrainerThatResumedEarlier_WhenItSavesAStepBeforeTheOneKnown_ThenThatIsTheCheckpointNow() =>
        Given(JobPast.Running().Checkpointed(200).Triggered(MigrationTrigger.Lost).Lost().OfferFound().Starting().Launched().Ready().SwitchAsked().Switched().TakenOver())
            .When(Seen(AJob.Report(2, 160, checkpoint: AJob.Checkpoint(150, 2)))).ThenKinds(typeof(CheckpointSaved))
            .When(Interruption(2)).When(AJob.Place).When(new StartProvisioning(AJob.Id)).When(new RecordInstanceProvisioned(AJob.Id, 3, AJob.Instance(3)))
            .When(new RecordTrainerReady(AJob.Id, 3, AJob.Instance(3), AJob.Address(3), AJob.Standby(3, AJob.Checkpoint(150, 2)))).ThenKinds(typeof(TrainerReady));

    [Fact]
    public void GivenATrainer_WhenItIsDone_ThenEverythingGoesAndTheJobCompletes()
    {
        var past = JobPast.TakingOver();
        Given(past).When(Seen(AJob.Report(1, AJob.Iterations, "completed", AJob.Checkpoint(AJob.Iterations, 1))))
            .ThenKinds(typeof(CheckpointSaved), typeof(TrainingFinished)).Again().ThenNothing()
            .When(new RecordTakeOver(AJob.Id, 2, AJob.Report(2, 75), 75)).ThenNothing()
            .When(new ConcludeJob(AJob.Id)).ThenNothing()
            .When(new RecordInstanceTerminated(AJob.Id, 1, AJob.Instance(1)))
            .When(new RecordInstanceTerminated(AJob.Id, 2, AJob.Instance(2)))
            .When(new ConcludeJob(AJob.Id)).ThenKinds(typeof(JobCompleted))
            .Where(job => Assert.Equal((JobStatus.Completed, true), (job.Status, job.IsOver)));
    }

    [Fact]
    public void GivenAJobThatCompletes_WhenItIsConcluded_ThenItTellsWhatItPaidAndWhatOnDemandHadCost()
    {
        var running = JobPast.Running();
        var launched = running.Events.OfType<InstanceProvisioned>().Single().At;
        var past = running.Later(TimeSpan.FromHours(10)).Finished().Gone(1);
        var completed = Given(past).When(new ConcludeJob(AJob.Id)).Single<JobCompleted>();
        var (finished, gone) = (past.Events.OfType<TrainingFinished>().Single().At, past.Events.OfType<OldInstanceTerminated>().Single().At);
        Assert.Equal(decimal.Round(0.10m * (decimal)(gone - launched).TotalHours, 6), completed.PaidUsd);
        Assert.Equal(decimal.Round(0.192m * (decimal)(finished - launched).TotalHours, 6), completed.OnDemandUsd);
        Assert.Equal((AJob.Iterations, AJob.LossHex(AJob.Iterations)), (completed.Step, completed.LossHex));
    }

    [Fact]
    public void GivenATrainer_WhenItSeesTheNotice_ThenTheJobMovesWithoutAskingForACheckpoint() =>
        Given(JobPast.Running()).When(Seen(AJob.Report(1, 60, notice: true)))
            .ThenKinds(typeof(TrainerInterrupted), typeof(MigrationTriggered))
            .Where(job => Assert.Equal((true, MigrationTrigger.Interruption, false), (job.NeedsPlace, job.Changeover!.Trigger, job.Changeover.AwaitsCheckpoint)))
            .Again().ThenNothing()
            .When(Interruption()).ThenNothing();

    [Fact]
    public void GivenACheckpointIsAwaited_WhenTheTrainerIsInterrupted_ThenTheMoveWaitsForItNoLonger()
    {
        var interrupted = Given(JobPast.Leaving()).When(Interruption()).ThenKinds(typeof(TrainerInterrupted), typeof(MigrationTriggered));
        Assert.Equal((2, MigrationTrigger.Interruption), (interrupted.Single<MigrationTriggered>().Number, interrupted.Single<MigrationTriggered>().Trigger));
        interrupted
            .When(new RecordCheckpointRefused(AJob.Id, 1, "late")).ThenNothing()
            .When(new TimeOutJob(AJob.Id, JobWait.Checkpoint, 1)).ThenNothing()
            .When(new RecordRequestedCheckpoint(AJob.Id, 1, AJob.Checkpoint(75, 1), AJob.Iterations)).ThenNothing()
            .When(new StartProvisioning(AJob.Id)).ThenKinds(typeof(ProvisioningStarted))
            .Where(job => Assert.Equal(AJob.Cheap, job.Coming!.Pool));
    }

    [Fact]
    public void GivenALaunchUnderWay_WhenTheTrainerIsInterrupted_ThenTheSameMoveGoesOn() =>
        Given(JobPast.NextReady()).When(Interruption()).ThenKinds(typeof(TrainerInterrupted)).Where(job => Assert.Equal((2, 1), (job.ComingEpoch, job.Changeover!.Number)));

    [Fact]
    public void GivenATrainer_WhenItIsGone_ThenTheJobLooksForAPlace() =>
        Given(JobPast.Running()).When(Gone())
            .ThenKinds(typeof(MigrationTriggered), typeof(TrainerLost), typeof(ScoutingStarted))
            .Where(job => Assert.Equal((JobStatus.Scouting, null, true), (job.Status, job.WorkingEpoch, job.NeedsPlace)))
            .Again().ThenNothing();

    [Fact]
    public void GivenACheckpointIsAwaited_WhenTheTrainerIsGone_ThenThePlaceThatWasFoundIsTaken() =>
        Given(JobPast.Leaving()).When(Gone()).ThenKinds(typeof(TrainerLost))
            .Where(job => Assert.Equal((JobStatus.Provisioning, null), (job.Status, job.WorkingEpoch)))
            .When(new StartProvisioning(AJob.Id)).ThenKinds(typeof(ProvisioningStarted))
            .Where(job => Assert.Equal(AJob.Cheap, job.Coming!.Pool));

    [Fact]
    public void GivenATrainer_WhenItSaysThatItIsFenced_ThenItIsLost() =>
        Given(JobPast.Running()).When(Seen(AJob.Report(1, 60, "fenced"))).ThenKinds(typeof(MigrationTriggered), typeof(TrainerLost), typeof(ScoutingStarted));

    [Fact]
    public void GivenAnotherTrainer_WhenTheOldOneIsHeardOf_ThenNothing()
    {
        var past = JobPast.TakingOver().TakenOver();
        Given(past).When(Seen(AJob.Report(1, 95, "completed", AJob.Checkpoint(95, 1)))).ThenNothing();
        Given(past).When(Gone(1)).ThenNothing();
    }
}
