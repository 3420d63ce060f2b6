using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;
using static OptiInfra.Commands.Tests.Spec;

namespace OptiInfra.Commands.Tests.SpotMigrations;

public sealed class StartInstanceMigrationTests
{
    static StartInstanceMigration Start(int n = 1, int attempt = 1, int rank = 0, decimal? price = null) =>
        new(A.Id, A.Instance(n), attempt, A.Pool(n, rank), price ?? A.SpotHourlyUsd(n, rank));

    [Fact]
    public void GivenAPhase_WhenAnInstanceStarts_ThenTheIntentCarriesItsToken()
    {
        var past = Stages.FirstPhase();
        Given(past)
            .When(Start())
            .Then(new InstanceMigrationStarted(A.Id, 1, A.Instance(1), 1, A.Pool(1), A.SpotHourlyUsd(1), ClientToken.For(A.Id, A.Instance(1), 1, A.Pool(1)), past.Now))
            .Again().ThenNothing();
    }

    [Fact]
    public void GivenALaunchThatFailed_WhenTheNextPoolIsTried_ThenItHasANumberAndATokenOfItsOwn()
    {
        var past = Stages.FirstPhase().Started(1).LaunchFailed(1);
        Given(past)
            .When(Start(attempt: 2, rank: 1))
            .Then(new InstanceMigrationStarted(A.Id, 1, A.Instance(1), 2, A.Pool(1, 1), A.SpotHourlyUsd(1, 1), ClientToken.For(A.Id, A.Instance(1), 2, A.Pool(1, 1)), past.Now));
    }

    [Fact]
    public void GivenAnAttemptThatExists_WhenItStartsInAnotherPool_ThenNothing() => Given(Stages.FirstPhase().Started(1)).When(Start(rank: 1)).ThenNothing();

    [Theory]
    [InlineData("watching")]
    [InlineData("measuring")]
    [InlineData("passed")]
    [InlineData("paused")]
    public void GivenAnInterruptionAfterItsPhase_WhenAnotherPoolIsTried_ThenItStarts(string stage) =>
        Assert.Equal(2, Given(Stages.All[stage]().Interrupted(1)).When(Start(attempt: 2, rank: 1)).Single<InstanceMigrationStarted>().Attempt);

    [Fact]
    public void GivenAnInterruptionOfAnEarlierPhasesInstance_WhenAnotherPoolIsTried_ThenItBelongsToItsOwnPhase() =>
        Assert.Equal(1, Given(Stages.SecondPhase().Interrupted(1)).When(Start(attempt: 2, rank: 1)).Single<InstanceMigrationStarted>().Phase);

    // 0.119 USD/h now and less on average: at most 1.1 × 0.119 = 0.1309
    [Fact]
    public void GivenAnApprovedPrice_WhenThePoolCostsATenthMore_ThenItStarts() => Assert.Single(Given(Stages.FirstPhase(10)).When(Start(price: 1.1m * A.SpotHourlyUsd(1))).Events);

    [Fact]
    public void GivenAnApprovedPrice_WhenThePoolCostsMoreThanATenthMore_ThenRefusedNamingTheLimit() =>
        Given(Stages.FirstPhase(10)).When(Start(price: 0.14m)).ThenRefused("price_drift", "spot c5.2xlarge us-east-1b", "0.1400", "0.1309");

    [Fact]
    public void GivenAPriceThatFellSinceItsMean_WhenThePoolCostsAsMuchAsTheMeanAllows_ThenItStarts()
    {
        var plan = A.Plan(1);
        var cheapNow = plan with { Moves = [plan.Moves[0] with { Candidates = [plan.Moves[0].Candidates[0] with { MeanHourlyUsd = 0.2m, CurrentHourlyUsd = 0.1m }] }] };
        var past = Stages.AllVoted(1).Then(new ApprovalRequested(A.Id, cheapNow, PlanHash.Of(cheapNow), [], 0.1m, Noon.AddDays(1), Noon)).CustomerApproved().PhaseStarted(1, 1);
        Assert.Single(Given(past).When(Start(price: 0.22m)).Events);
        Given(past).When(Start(price: 0.2201m)).ThenRefused("price_drift");
    }

    [Fact]
    public void GivenNoDriftAllowed_WhenThePriceIsAsApproved_ThenItStarts() =>
        Assert.Single(Given(Stages.FirstPhase(policy: new MigrationPolicy { MaxPriceDriftFraction = 0 })).When(Start()).Events);

    [Fact]
    public void GivenAPhase_WhenThePoolIsNotInThePlan_ThenRefused() =>
        Given(Stages.FirstPhase()).When(new StartInstanceMigration(A.Id, A.Instance(1), 1, A.Pool(2), 0.01m)).ThenRefused("pool_not_approved", A.Instance(1));

    [Fact]
    public void GivenAPhase_WhenThePoolIsThePlansButOnDemand_ThenRefused() =>
        Given(Stages.FirstPhase()).When(new StartInstanceMigration(A.Id, A.Instance(1), 1, A.Pool(1) with { CapacityType = CapacityType.OnDemand }, 0.01m)).ThenRefused("pool_not_approved");

    [Fact]
    public void GivenAPhase_WhenAnInstanceOfALaterOneStarts_ThenRefused() => Given(Stages.FirstPhase()).When(Start(n: 2)).ThenRefused("not_in_phase", A.Instance(2), "1 to 1");

    [Fact]
    public void GivenAPhase_WhenAnAttemptIsLeftOut_ThenRefused() => Given(Stages.FirstPhase()).When(Start(attempt: 2)).ThenRefused("move_not_waiting", "attempt 2");

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void GivenAPhase_WhenTheAttemptHasNoNumber_ThenNothing(int attempt) => Given(Stages.FirstPhase()).When(Start(attempt: attempt)).ThenNothing();

    [Fact]
    public void GivenALaunchUnderWay_WhenASecondOneStarts_ThenRefused() => Given(Stages.FirstPhase().Started(1)).When(Start(attempt: 2, rank: 1)).ThenRefused("move_not_waiting", "Starting");

    [Fact]
    public void GivenAMigratedInstance_WhenASecondReplacementStarts_ThenRefused() => Given(Stages.FirstPhase().Moved(1)).When(Start(attempt: 2, rank: 1)).ThenRefused("move_not_waiting", "Migrated");

    [Fact]
    public void GivenAnInstanceThatWasGivenUp_WhenItStartsAgain_ThenRefused() =>
        Given(Stages.FirstPhase().Started(1).LaunchFailed(1).MoveFailed(1)).When(Start(attempt: 2, rank: 1)).ThenRefused("move_not_waiting", "Failed");

    [Fact]
    public void GivenAnInstanceBackOnDemand_WhenItStartsAgain_ThenRefused() =>
        Given(Stages.FirstWindow().Interrupted(1).ReturnedToOnDemand(1)).When(Start(attempt: 2, rank: 1)).ThenRefused("move_not_waiting", "ReturnedToOnDemand");

    [Theory]
    [InlineData("requested")]
    [InlineData("approved")]
    [InlineData("rolling back")]
    [InlineData("retiring")]
    [InlineData("complete")]
    [InlineData("cancelled")]
    public void GivenNoPhaseUnderWay_WhenAnInstanceStarts_ThenRefused(string stage) => Given(Stages.All[stage]()).When(Start()).ThenRefused("wrong_status", "Moving " + A.Instance(1));
}
