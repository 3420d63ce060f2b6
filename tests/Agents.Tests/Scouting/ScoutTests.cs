using System.Text.Json;
using OptiInfra.Agents.Scouting;
using OptiInfra.Contracts.LiveMigrations;

namespace OptiInfra.Agents.Tests.Scouting;

public sealed class ScoutTests
{
    const decimal OnDemand = 3.06m;
    static readonly DeadlinePlans Plans = new();

    static SpotOffer Offer(string pool, decimal usd, double spellHours = 2, bool available = true, int? score = null, int interruptions = 0)
        => new(pool, usd, available, spellHours, score, interruptions);

    static ScoutedJob Job(RunsOn on, string? pool = null, decimal usd = 0, double work = 20, double? left = null, double here = 2, double sinceCheckpoint = 0.05)
        => new(work, left, on, pool, usd, here, PendingHours: 0, sinceCheckpoint, ChangeoverHours: 0.2, OverlapHours: 0.1, EgressUsd: 0.05m);

    static ScoutDecision Decide(ScoutedJob job, params SpotOffer[] offers) => new Scout(new ScoutPolicy(), Plans).Decide(new ScoutObservation(job, offers, OnDemand));

    [Fact]
    public void GivenAJobOnNothing_WhenSpotIsOffered_ThenItStartsThere()
    {
        var decision = Decide(Job(RunsOn.Nothing), Offer("a", 0.9m), Offer("b", 1.2m));
        Assert.Equal((RunsOn.Spot, "a", true), (decision.On, decision.Pool, decision.Moves));
    }

    [Fact]
    public void GivenAJobOnNothing_WhenNoSpotIsOfferedAndThereIsNoDeadline_ThenThePolicyDecides()
    {
        Assert.Equal(RunsOn.OnDemand, Decide(Job(RunsOn.Nothing), Offer("a", 0.9m, available: false)).On);
        var patient = new Scout(new ScoutPolicy { OnDemandWithoutDeadline = false }, Plans);
        Assert.Equal(RunsOn.Nothing, patient.Decide(new ScoutObservation(Job(RunsOn.Nothing), [Offer("a", 0.9m, available: false)], OnDemand)).On);
    }

    [Fact]
    public void GivenAnOfferThatSavesMuch_WhenMuchWorkIsLeft_ThenTheJobMoves()
    {
        var decision = Decide(Job(RunsOn.Spot, "a", 2m), Offer("a", 2m), Offer("b", 0.9m, spellHours: 5));
        Assert.Equal((RunsOn.Spot, "b", true), (decision.On, decision.Pool, decision.Moves));
        Assert.True(decision.ExpectedSavingUsd > 0);
        Assert.Contains("moving costs", decision.Reasons[0], StringComparison.Ordinal);
    }

    [Fact]
    public void GivenAnOfferThatSavesMuch_WhenTheJobIsAlmostDone_ThenItStays()
        => Assert.False(Decide(Job(RunsOn.Spot, "a", 2m, work: 0.3), Offer("a", 2m), Offer("b", 0.9m, spellHours: 5)).Moves);

    /// <summary>Between what it knows the plan interpolates, which must not make stopping shortly before the end a saving.</summary>
    [Theory]
    [InlineData(0.87, 100.67, 99.8)]
    [InlineData(3.7, 503.5, 497)]
    public void GivenAJobOnSpotThatIsAlmostDone_WhenTheDeadlineIsFar_ThenItGoesOnRatherThanWait(double work, double left, double spell)
        => Assert.Equal(RunsOn.Spot, Decide(Job(RunsOn.Spot, "a", 0.918m, work, left, sinceCheckpoint: 0), Offer("a", 0.918m, spell)).On);

    [Theory]
    [InlineData(0.5, 60)]
    [InlineData(1, 100)]
    public void GivenALittleWorkOnNothing_WhenAnOfferHasHeldForHoursAndTheDeadlineIsFar_ThenItStartsRatherThanWait(double work, double left)
        => Assert.Equal(RunsOn.Spot, Decide(Job(RunsOn.Nothing, work: work, left: left, sinceCheckpoint: 0), Offer("a", 0.918m, spellHours: 10)).On);

    [Fact]
    public void GivenOffersOfTheSamePrice_WhenOneIsOlder_ThenTheJobStays()
        => Assert.False(Decide(Job(RunsOn.Spot, "a", 0.9m), Offer("a", 0.9m, spellHours: 0.5), Offer("b", 0.9m, spellHours: 20)).Moves);

    [Theory]
    [InlineData(0.1, 5, null, 0, "before another move")]
    [InlineData(2, 0.05, null, 0, "has been offered for")]
    [InlineData(2, 5, 1, 0, "placement score 1")]
    [InlineData(2, 5, null, 3, "interrupted 3")]
    public void GivenACheapOffer_WhenASignalSpeaksAgainstIt_ThenTheJobStaysAndSaysWhy(double here, double spell, int? score, int interruptions, string reason)
    {
        var decision = Decide(Job(RunsOn.Spot, "a", 2m, here: here), Offer("a", 2m), Offer("b", 0.5m, spell, score: score, interruptions: interruptions));
        Assert.False(decision.Moves);
        Assert.Contains(decision.Reasons, r => r.Contains(reason, StringComparison.Ordinal));
    }

    [Fact]
    public void GivenASavingBelowTheLimit_ThenTheJobStays()
    {
        var decision = Decide(Job(RunsOn.Spot, "a", 1m, work: 400), Offer("a", 1m, 50), Offer("b", 0.81m, 50));
        Assert.False(decision.Moves);
        Assert.Contains(decision.Reasons, r => r.Contains("20 % is needed", StringComparison.Ordinal));
    }

    [Fact]
    public void GivenADeadlineThatOnlyOnDemandMeets_ThenItRunsOnDemandWhateverSpotCosts()
    {
        var decision = Decide(Job(RunsOn.Nothing, work: 20, left: 20.3), Offer("a", 0.1m, spellHours: 50));
        Assert.Equal((RunsOn.OnDemand, true), (decision.On, decision.Moves));
        Assert.Contains("only on demand", decision.Reasons[0], StringComparison.Ordinal);
    }

    [Fact]
    public void GivenAChangeoverThatTookLongOnce_WhenTheDeadlineIsNear_ThenTheJobReckonsWithTheLongest()
    {
        var job = Job(RunsOn.Spot, "a", 0.9m, work: 20, left: 20.6);
        Assert.Equal(RunsOn.Spot, Decide(job, Offer("a", 0.9m, spellHours: 10)).On);
        Assert.Equal(RunsOn.OnDemand, Decide(job with { LongestChangeoverHours = 0.6 }, Offer("a", 0.9m, spellHours: 10)).On);
    }

    [Fact]
    public void GivenLooksThatAreFarApart_WhenALossIsActedUponSoon_ThenSpotIsKeptUntilTheChangeoverMustBegin()
    {
        var seldom = new Scout(new ScoutPolicy { ControlPeriod = TimeSpan.FromHours(1) }, Plans);
        ScoutDecision Decide(double? unnoticed) => seldom.Decide(new ScoutObservation(
            Job(RunsOn.Spot, "a", 0.9m, work: 20, left: 20.6) with { UnnoticedHours = unnoticed }, [Offer("a", 0.9m, spellHours: 10)], OnDemand));
        Assert.Equal(RunsOn.OnDemand, Decide(null).On);
        Assert.Equal(RunsOn.Spot, Decide(0.1).On);
        Assert.Equal(RunsOn.OnDemand, Decide(0.4).On);
    }

    [Fact]
    public void GivenAnObservationOfBeforeKindsWereKnown_WhenItIsReadBack_ThenThePoolIsLikeAnyOther()
    {
        const string recorded = """{"pool": "a", "hourlyUsd": 0.9, "available": true, "spellHours": 2, "availableMultiplier": {"endings": 61, "expected": 63.5}, "unavailableMultiplier": {"endings": 60, "expected": 60}}""";
        var offer = JsonSerializer.Deserialize<SpotOffer>(recorded, JsonSerializerOptions.Web)!;
        Assert.Equal(Offer("a", 0.9m), offer);
        Assert.Equal(
            Decide(Job(RunsOn.Nothing, left: 30), offer with { Kind = PoolKindOdds.Prior }).Reasons,
            Decide(Job(RunsOn.Nothing, left: 30), offer).Reasons);
    }

    [Fact]
    public void GivenARunningSpotMachine_WhenTheSlackIsJustEnough_ThenItIsNotGivenUp()
        => Assert.Equal(RunsOn.Spot, Decide(Job(RunsOn.Spot, "a", 0.9m, work: 20, left: 20.4), Offer("a", 0.9m, spellHours: 10)).On);

    [Fact]
    public void GivenMuchSlack_WhenSpotIsGone_ThenItWaits()
        => Assert.Equal(RunsOn.Nothing, Decide(Job(RunsOn.Nothing, work: 5, left: 40), Offer("a", 0.9m, spellHours: 0.1, available: false)).On);
}
