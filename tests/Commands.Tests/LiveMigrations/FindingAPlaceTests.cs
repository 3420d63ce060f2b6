using OptiInfra.Contracts.LiveMigrations;
using static OptiInfra.Commands.Tests.LiveMigrations.JobScene;

namespace OptiInfra.Commands.Tests.LiveMigrations;

/// <summary>StartScouting, ProposeOffer and StartProvisioning.</summary>
public sealed class FindingAPlaceTests
{
    [Fact]
    public void GivenANewJob_WhenScoutingStarts_ThenItIsScouting()
    {
        var past = JobPast.Submitted();
        Given(past).When(new StartScouting(AJob.Id))
            .Then(new ScoutingStarted(AJob.Id, "The job is new.", past.Now))
            .Where(job => Assert.Equal(JobStatus.Scouting, job.Status))
            .Again().ThenNothing();
    }

    [Fact]
    public void GivenAJobThatRuns_WhenScoutingStarts_ThenNothing() => Given(JobPast.Running()).When(new StartScouting(AJob.Id)).ThenNothing();

    [Fact]
    public void GivenAJobOnNothing_WhenAPlaceIsProposed_ThenItIsFoundWithWhatTheScoutSaw()
    {
        var past = JobPast.Scouting();
        Given(past).When(AJob.Place)
            .Then(new OfferFound(AJob.Id, AJob.Dear, 0.10m, AJob.Place.Observed, AJob.Place.Reasons, past.Now))
            .Where(job => Assert.Equal(0.192m, job.OnDemandHourlyUsd))
            .Again().ThenNothing();
    }

    [Fact]
    public void GivenAJobOnNothing_WhenTheScoutWaits_ThenItSaysSoOnceUntilItHasFoundAPlace()
    {
        var past = JobPast.Scouting();
        var waits = new RecordScoutWaits(AJob.Id, AJob.Place.Observed, ["the deadline is far"]);
        Given(past).When(waits)
            .Then(new ScoutWaits(AJob.Id, AJob.Place.Observed, ["the deadline is far"], past.Now))
            .Again().ThenNothing()
            .When(AJob.Place).ThenKinds(typeof(OfferFound)).Where(job => Assert.False(job.ScoutWaits));
        Given(JobPast.Running()).When(waits).ThenNothing();
    }

    [Fact]
    public void GivenAJobThatRuns_WhenABetterOneIsProposed_ThenItMovesOnceACheckpointIsThere()
    {
        var past = JobPast.Running();
        Given(past).When(AJob.Better(1))
            .Then(
                new BetterOfferFound(AJob.Id, 1, AJob.Cheap, 0.06m, 1 - (double)(0.06m / 0.10m), 1.25m, AJob.Better(1).Observed, ["40 % cheaper"], past.Now),
                new MigrationTriggered(AJob.Id, 1, MigrationTrigger.BetterOffer, 1, "40 % cheaper", past.Now))
            .Where(job => Assert.Equal((JobStatus.Migrating, true), (job.Status, job.Changeover!.AwaitsCheckpoint)))
            .Again().ThenNothing()
            .When(new StartProvisioning(AJob.Id)).ThenNothing();
    }

    [Fact]
    public void GivenAJobThatRuns_WhenAProposalIsAboutAnotherTrainer_ThenNothing() => Given(JobPast.Running()).When(AJob.Better(2)).ThenNothing();

    [Fact]
    public void GivenALaunchUnderWay_WhenAnythingIsProposed_ThenNothing() => Given(JobPast.FirstLaunched()).When(AJob.Place).ThenNothing();

    [Fact]
    public void GivenAPlace_WhenProvisioningStarts_ThenTheIntentHasAnEpochAndATokenOfItsOwn()
    {
        Given(JobPast.Offered()).When(new StartProvisioning(AJob.Id))
            .ThenKinds(typeof(ProvisioningStarted))
            .Where(job => Assert.Equal((JobStatus.Provisioning, 1, null), (job.Status, job.ComingEpoch, job.Offer)))
            .Again().ThenNothing();
        var second = Given(JobPast.Offered().Starting().Failed().OfferFound()).When(new StartProvisioning(AJob.Id)).Single<ProvisioningStarted>();
        Assert.Equal(2, second.Epoch);
        Assert.NotEqual(JobPast.Offered().Starting().Events.OfType<ProvisioningStarted>().Single().ClientToken, second.ClientToken);
    }

    [Fact]
    public void GivenNoPlace_WhenProvisioningStarts_ThenNothing() => Given(JobPast.Scouting()).When(new StartProvisioning(AJob.Id)).ThenNothing();

    [Fact]
    public void GivenTheCheckpointBeforeAMove_WhenItComes_ThenTheMoveGoesOn()
    {
        var past = JobPast.Leaving();
        Given(past).When(new RecordRequestedCheckpoint(AJob.Id, 1, AJob.Checkpoint(75, 1), AJob.Iterations))
            .Then(new CheckpointSaved(AJob.Id, AJob.Checkpoint(75, 1), AJob.Iterations, true, past.Now))
            .Again().ThenNothing()
            .When(new StartProvisioning(AJob.Id)).ThenKinds(typeof(ProvisioningStarted))
            .Where(job => Assert.Equal((AJob.Cheap, 2), (job.Coming!.Pool, job.Coming.Epoch)));
    }

    [Fact]
    public void GivenTheCheckpointBeforeAMove_WhenItIsRefused_ThenTheJobStaysAndTheScoutMayTryAgain()
    {
        var past = JobPast.Leaving();
        Given(past).When(new RecordCheckpointRefused(AJob.Id, 1, "S3 says 503."))
            .Then(new MigrationAbandoned(AJob.Id, 1, "No checkpoint before the move: S3 says 503.", past.Now))
            .Where(job => Assert.Equal((JobStatus.Running, null, false), (job.Status, job.Offer, job.NeedsPlace)))
            .Again().ThenNothing()
            .When(AJob.Better(1)).ThenKinds(typeof(BetterOfferFound), typeof(MigrationTriggered))
            .Where(job => Assert.Equal(2, job.Changeover!.Number));
    }
}
