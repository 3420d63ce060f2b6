using OptiInfra.Contracts.LiveMigrations;
using static OptiInfra.Commands.Tests.LiveMigrations.JobScene;

namespace OptiInfra.Commands.Tests.LiveMigrations;

/// <summary>MigrateNow and CancelJob.</summary>
public sealed class PeopleTests
{
    static readonly MigrateNow Move = new(AJob.Id, "kim");

    static readonly CancelJob Cancel = new(AJob.Id, "kim", "not needed");

    [Fact]
    public void GivenAJobThatRuns_WhenAPersonMovesIt_ThenAPlaceIsWantedWhetherItSavesOrNot()
    {
        var past = JobPast.Running();
        Given(past).When(Move)
            .Then(new MigrationTriggered(AJob.Id, 1, MigrationTrigger.Requested, 1, "Requested by kim.", past.Now))
            .Where(job => Assert.Equal((JobStatus.Migrating, true), (job.Status, job.NeedsPlace)))
            .When(AJob.Place).ThenKinds(typeof(OfferFound))
            .When(new StartProvisioning(AJob.Id)).ThenNothing()
            .When(new RecordRequestedCheckpoint(AJob.Id, 1, AJob.Checkpoint(75, 1), AJob.Iterations)).ThenKinds(typeof(CheckpointSaved))
            .When(new StartProvisioning(AJob.Id)).ThenKinds(typeof(ProvisioningStarted));
    }

    [Fact]
    public void GivenAMove_WhenAPersonAsksForOneAgain_ThenItIsRefused() =>
        Given(JobPast.Running()).When(Move).Again().ThenRefused("wrong_status", "optiinfra jobs show");

    [Fact]
    public void GivenAJobThatDoesNotRun_WhenAPersonMovesIt_ThenItIsRefused() =>
        Assert.All(new[] { JobPast.Submitted(), JobPast.Scouting(), JobPast.FirstLaunched(), JobPast.Leaving(), JobPast.Running().Finished() }, past => Given(past).When(Move).ThenRefused("wrong_status", "Moving"));

    [Fact]
    public void GivenAMoveThatAPersonAskedFor_WhenTheJobIsCancelled_ThenEverythingGoes() =>
        Given(JobPast.Running()).When(Move).When(Cancel).ThenKinds(typeof(JobStopped))
            .Where(job => Assert.Equal((JobStatus.Ending, null, null, null), (job.Status, job.WorkingEpoch, job.Changeover, job.Offer)))
            .Again().ThenNothing()
            .When(AJob.Place).ThenNothing()
            .When(new RecordRequestedCheckpoint(AJob.Id, 1, AJob.Checkpoint(75, 1), AJob.Iterations)).ThenNothing()
            .When(new StartProvisioning(AJob.Id)).ThenNothing()
            .When(new ConcludeJob(AJob.Id)).ThenNothing()
            .When(new RecordInstanceTerminated(AJob.Id, 1, AJob.Instance(1)))
            .When(new ConcludeJob(AJob.Id)).ThenKinds(typeof(JobCancelled));

    [Fact]
    public void GivenAnyStage_WhenTheJobIsCancelled_ThenNothingOfItWorksOrComes() =>
        Assert.All(
            new[] { JobPast.Submitted(), JobPast.Offered(), JobPast.Offered().Starting(), JobPast.NextReady().SwitchAsked(), JobPast.TakingOver(), JobPast.TakingOver().Lost() },
            past => Given(past).When(Cancel).ThenKinds(typeof(JobStopped)).Where(job =>
            {
                Assert.Equal((null, null, null, null), (job.WorkingEpoch, job.ComingEpoch, job.TakingOver, job.SwitchingTo));
                Assert.All(job.Trainers, t => Assert.True(t.Stage >= Commands.LiveMigrations.TrainerStage.Leaving));
            }));

    [Fact]
    public void GivenAJobWithoutAnyInstance_WhenItIsCancelled_ThenItIsOverAtOnce() =>
        Given(JobPast.Scouting()).When(Cancel).When(new ConcludeJob(AJob.Id)).ThenKinds(typeof(JobCancelled)).When(Cancel).ThenNothing();

    [Fact]
    public void GivenAJobThatEndsOtherwise_WhenItIsCancelled_ThenItIsRefused()
    {
        Given(JobPast.Running().Finished()).When(Cancel).ThenRefused("wrong_status", "Cancelling");
        Given(JobPast.Scouting().Stopped(JobStatus.Failed)).When(Cancel).ThenRefused("wrong_status", "Cancelling");
    }
}
