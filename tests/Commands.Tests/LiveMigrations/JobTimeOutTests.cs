using OptiInfra.Contracts.LiveMigrations;
using static OptiInfra.Commands.Tests.LiveMigrations.JobScene;

namespace OptiInfra.Commands.Tests.LiveMigrations;

/// <summary>TimeOutJob and ReportJobAttention.</summary>
public sealed class JobTimeOutTests
{
    static TimeOutJob Over(JobWait waitingFor, int epoch) => new(AJob.Id, waitingFor, epoch);

    [Fact]
    public void GivenNoCheckpoint_WhenItsTimeIsOver_ThenTheJobStays() =>
        Given(JobPast.Leaving()).When(Over(JobWait.Checkpoint, 1)).ThenKinds(typeof(MigrationAbandoned)).Again().ThenNothing();

    [Fact]
    public void GivenNoTrainerInStandby_WhenItsTimeIsOver_ThenTheLaunchHasFailed()
    {
        Given(JobPast.Offered().Starting()).When(Over(JobWait.Launch, 1)).ThenKinds(typeof(ProvisioningFailed), typeof(ScoutingStarted)).Again().ThenNothing();
        var failed = Given(JobPast.FirstLaunched()).When(Over(JobWait.Launch, 1)).ThenKinds(typeof(ProvisioningFailed), typeof(ScoutingStarted)).Single<ProvisioningFailed>();
        Assert.Equal(("not_ready", AJob.Instance(1)), (failed.ErrorCode, failed.InstanceId));
        Given(JobPast.FirstLaunched().Ready()).When(Over(JobWait.Launch, 1)).ThenNothing();
    }

    [Fact]
    public void GivenNoSwitch_WhenItsTimeIsOver_ThenTheFirstTrainerBeginsAllTheSame() =>
        Given(JobPast.FirstLaunched().Ready().SwitchAsked()).When(Over(JobWait.Switch, 1)).ThenKinds(typeof(JobAttentionNeeded), typeof(TakeOverRequested))
            .Again().ThenKinds(typeof(JobAttentionNeeded));

    [Fact]
    public void GivenNoSwitchBack_WhenItsTimeIsOver_ThenAPersonIsTold() =>
        Given(JobPast.TakingOver()).When(new RecordTakeOverFailed(AJob.Id, 2, "dead")).When(Over(JobWait.Switch, 1)).ThenKinds(typeof(JobAttentionNeeded))
            .Where(job => Assert.Equal(1, job.SwitchingTo));

    [Fact]
    public void GivenNoTakeOver_WhenItsTimeIsOver_ThenTheOldTrainerKeepsTheJob() =>
        Given(JobPast.TakingOver()).When(Over(JobWait.TakeOver, 2)).ThenKinds(typeof(ProvisioningFailed), typeof(MigrationAbandoned), typeof(EndpointSwitchRequested)).Again().ThenNothing();

    [Fact]
    public void GivenAnInstanceThatDoesNotGo_WhenItsTimeIsOver_ThenAPersonIsTold()
    {
        var told = Given(JobPast.TakingOver().TakenOver()).When(Over(JobWait.Retirement, 1)).ThenKinds(typeof(JobAttentionNeeded)).Single<JobAttentionNeeded>();
        Assert.Contains(AJob.Instance(1), told.Reason, StringComparison.Ordinal);
        Given(JobPast.TakingOver().TakenOver().Gone(1)).When(Over(JobWait.Retirement, 1)).ThenNothing();
    }

    [Fact]
    public void GivenAJob_WhenSomethingNeedsALook_ThenItIsToldUntilTheJobIsOver()
    {
        var past = JobPast.Running();
        Given(past).When(new ReportJobAttention(AJob.Id, "launch", "the quota is used up")).Then(new JobAttentionNeeded(AJob.Id, "launch", "the quota is used up", past.Now))
            .When(new CancelJob(AJob.Id, "kim", "no")).When(new RecordInstanceTerminated(AJob.Id, 1, null)).When(new ConcludeJob(AJob.Id))
            .When(new ReportJobAttention(AJob.Id, "launch", "again")).ThenNothing();
    }
}
