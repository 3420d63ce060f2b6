using OptiInfra.Contracts.LiveMigrations;
using static OptiInfra.Commands.Tests.LiveMigrations.JobScene;

namespace OptiInfra.Commands.Tests.LiveMigrations;

/// <summary>RecordInstanceProvisioned, RecordProvisioningFailed and RecordTrainerReady.</summary>
public sealed class LaunchTests
{
    static RecordProvisioningFailed NoCapacity(int epoch, string? instanceId = null) => new(AJob.Id, epoch, instanceId, "InsufficientInstanceCapacity", "no capacity");

    static RecordTrainerReady Ready(int epoch, TrainerReport report) => new(AJob.Id, epoch, AJob.Instance(epoch), AJob.Address(epoch), report);

    [Fact]
    public void GivenALaunch_WhenTheCloudHasMadeIt_ThenItIsKnown()
    {
        var past = JobPast.Offered().Starting();
        Given(past).When(new RecordInstanceProvisioned(AJob.Id, 1, AJob.Instance(1)))
            .Then(new InstanceProvisioned(AJob.Id, 1, AJob.Instance(1), past.Now)).Again().ThenNothing();
    }

    [Fact]
    public void GivenALaunchThatWasGivenUp_WhenTheCloudHasMadeItAfterAll_ThenItHasToGo()
    {
        Given(JobPast.Offered().Starting().Failed()).When(new RecordInstanceProvisioned(AJob.Id, 1, AJob.Instance(1))).ThenRefused("stale_epoch", "terminate " + AJob.Instance(1));
        Given(JobPast.Offered().Starting()).When(new RecordInstanceProvisioned(AJob.Id, 2, AJob.Instance(2))).ThenRefused("stale_epoch", "no trainer of epoch 2");
    }

    [Fact]
    public void GivenTheFirstLaunch_WhenItFails_ThenTheScoutLooksAgain_AndWhatWasLaunchedHasToGo()
    {
        var past = JobPast.Offered().Starting();
        Given(past).When(NoCapacity(1, AJob.Instance(9)))
            .Then(
                new ProvisioningFailed(AJob.Id, 1, AJob.Dear, AJob.Instance(9), "InsufficientInstanceCapacity", "no capacity", past.Now),
                new ScoutingStarted(AJob.Id, "no capacity", past.Now))
            .Where(job => Assert.Equal((JobStatus.Scouting, true, AJob.Instance(9)), (job.Status, job.NeedsPlace, job.Trainers[0].InstanceId)))
            .Again().ThenNothing();
    }

    [Fact]
    public void GivenLaunchesThatFailed_WhenAsManyFailAsThePolicyAllows_ThenTheJobIsGivenUp()
    {
        var past = JobPast.Offered().Starting().Failed().OfferFound().Starting().Failed().OfferFound().Starting();
        Given(past).When(NoCapacity(3))
            .ThenKinds(typeof(ProvisioningFailed), typeof(JobStopped))
            .Where(job => Assert.Equal((JobStatus.Ending, JobStatus.Failed), (job.Status, job.Ending)))
            .When(new RecordInstanceTerminated(AJob.Id, 1, null)).When(new RecordInstanceTerminated(AJob.Id, 2, null))
            .When(new ConcludeJob(AJob.Id)).ThenNothing()
            .When(new RecordInstanceTerminated(AJob.Id, 3, null))
            .When(new ConcludeJob(AJob.Id)).ThenKinds(typeof(JobFailed))
            .Where(job => Assert.Contains("3 launches in a row came to nothing; the last: no capacity", job.EndReason, StringComparison.Ordinal))
            .Again().ThenNothing();
    }

    [Fact]
    public void GivenATrainerThatWorks_WhenTheNextLaunchFails_ThenItGoesOn()
    {
        var past = JobPast.Leaving().Checkpointed(75, requested: true).Starting();
        Given(past).When(NoCapacity(2))
            .Then(
                new ProvisioningFailed(AJob.Id, 2, AJob.Cheap, null, "InsufficientInstanceCapacity", "no capacity", past.Now),
                new MigrationAbandoned(AJob.Id, 1, "no capacity", past.Now))
            .Where(job => Assert.Equal((JobStatus.Running, 1, 1), (job.Status, job.WorkingEpoch, job.EndpointEpoch)));
    }

    [Fact]
    public void GivenATrainerThatHasToLeave_WhenTheNextLaunchFails_ThenAnotherPlaceIsWanted() =>
        Given(JobPast.Leaving().Checkpointed(75, requested: true).Starting().Interrupted()).When(NoCapacity(2))
            .ThenKinds(typeof(ProvisioningFailed))
            .Where(job => Assert.Equal((true, JobStatus.Migrating, 1), (job.NeedsPlace, job.Status, job.WorkingEpoch)));

    [Fact]
    public void GivenALaunchedTrainer_WhenItStandsBy_ThenItIsReady()
    {
        var past = JobPast.FirstLaunched();
        Given(past).When(Ready(1, AJob.Standby(1)))
            .Then(new TrainerReady(AJob.Id, 1, AJob.Instance(1), AJob.Address(1), null, past.Now)).Again().ThenNothing();
    }

    [Fact]
    public void GivenALaunchedTrainer_WhenAnotherInstanceAnswersForIt_ThenNothing() =>
        Given(JobPast.FirstLaunched()).When(Ready(1, AJob.Standby(1)) with { InstanceId = AJob.Instance(7) }).ThenNothing();

    public static TheoryData<string, TrainerReport> Unproven => new()
    {
        { "began anew; step 75 is saved", AJob.Standby(2) },
        { "resumed at step 50; step 75 is saved", AJob.Standby(2, AJob.Checkpoint(50, 1)) },
        { "its epoch is 1", AJob.Standby(1, AJob.Checkpoint(75, 1)) },
        { "to the loss 0x1.ffp-9", AJob.Standby(2, AJob.Checkpoint(75, 1)) with { ResumedFrom = AJob.Resumed(AJob.Checkpoint(75, 1)) with { LossHex = "0x1.ffp-9" } } },
    };

    [Fact]
    public void GivenATrainerThatSavesWhileTheNextBoots_WhenThatResumedFromBefore_ThenItIsReadyAllTheSame() =>
        Given(JobPast.Leaving().Checkpointed(75, requested: true).Starting().Launched().Checkpointed(100))
            .When(Ready(2, AJob.Standby(2, AJob.Checkpoint(75, 1)))).ThenKinds(typeof(TrainerReady));

    [Theory]
    [MemberData(nameof(Unproven), DisableDiscoveryEnumeration = true)]
    public void GivenATrainerThatWorks_WhenTheNextHasNotResumedRight_ThenItGoesAndTheOldOneStays(string why, TrainerReport report)
    {
        var outcome = Given(JobPast.Leaving().Checkpointed(75, requested: true).Starting().Launched()).When(Ready(2, report)).ThenKinds(typeof(ProvisioningFailed), typeof(MigrationAbandoned));
        Assert.Equal("not_proven", outcome.Single<ProvisioningFailed>().ErrorCode);
        Assert.Contains(why, outcome.Single<ProvisioningFailed>().Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void GivenNoTrainerThatWorks_WhenTheNextCouldReadLess_ThenThatIsTheBestThereIs() =>
        Given(JobPast.Running().Checkpointed(100).Triggered(MigrationTrigger.Lost).Lost().OfferFound().Starting().Launched())
            .When(Ready(2, AJob.Standby(2, AJob.Checkpoint(50, 1)))).ThenKinds(typeof(TrainerReady));
}
