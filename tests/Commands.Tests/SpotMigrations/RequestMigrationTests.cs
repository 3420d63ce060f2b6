using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;
using static OptiInfra.Commands.Tests.Spec;

namespace OptiInfra.Commands.Tests.SpotMigrations;

public sealed class RequestMigrationTests
{
    static RequestMigration Request(MigrationPolicy? policy = null) => new(A.Id, "acme", "pat", new FleetSelector { InstanceIds = [A.Instance(1)] }, policy ?? new MigrationPolicy());

    [Fact]
    public void GivenNothing_WhenRequested_ThenItIsRequestedWithItsPolicy() =>
        GivenNothing()
            .When(Request())
            .Then(new MigrationRequested(A.Id, "acme", "pat", new FleetSelector { InstanceIds = [A.Instance(1)] }, new MigrationPolicy(), Noon))
            .Where(m => Assert.Equal(MigrationStatus.Pending, m.Status));

    [Fact]
    public void GivenAMigration_WhenRequestedUnderTheSameId_ThenRefused() =>
        Given(Past.Requested()).When(Request()).ThenRefused("migration_exists", A.Id.ToString(), "under a new id");

    [Fact]
    public void GivenNothing_WhenAnyOtherCommandComes_ThenTheMigrationIsUnknown()
    {
        foreach (var command in EveryCommand.Examples().Where(c => c is not RequestMigration))
            GivenNothing().When(command).ThenRefused("unknown_migration", A.Id.ToString(), "optiinfra status");
    }

    public static TheoryData<string, MigrationPolicy, string> Broken => new()
    {
        { "no phases", new MigrationPolicy { PhaseFractions = [], MonitoringWindows = [] }, "phaseFractions" },
        { "phases not to the end", new MigrationPolicy { PhaseFractions = [0.1m, 0.5m, 0.9m] }, "end with 1" },
        { "a phase of nothing", new MigrationPolicy { PhaseFractions = [0m, 0.5m, 1m] }, "phaseFractions" },
        { "phases that do not ascend", new MigrationPolicy { PhaseFractions = [0.5m, 0.5m, 1m] }, "ascend" },
        { "phases in no order", new MigrationPolicy { PhaseFractions = [0.5m, 0.1m, 1m] }, "ascend" },
        { "phases that are null", new MigrationPolicy { PhaseFractions = null! }, "phaseFractions" },
        { "a window too few", new MigrationPolicy { MonitoringWindows = [TimeSpan.FromMinutes(5)] }, "names 1" },
        { "windows that are null", new MigrationPolicy { MonitoringWindows = null! }, "monitoringWindows" },
        { "a window of nothing", new MigrationPolicy { MonitoringWindows = [TimeSpan.FromMinutes(5), TimeSpan.Zero, TimeSpan.FromMinutes(5)] }, "monitoringWindow" },
        { "a window beyond the calendar", new MigrationPolicy { MonitoringWindows = [TimeSpan.FromMinutes(5), TimeSpan.MaxValue, TimeSpan.FromMinutes(5)] }, "monitoringWindow" },
        { "no voters", new MigrationPolicy { Voters = [] }, "voters" },
        { "voters that are null", new MigrationPolicy { Voters = null! }, "voters" },
        { "a voter twice", new MigrationPolicy { Voters = ["cost", "cost"] }, "each once" },
        { "a voter without a name", new MigrationPolicy { Voters = ["cost", " "] }, "voters" },
        { "success above all", new MigrationPolicy { MinSuccessFraction = 1.01m }, "minSuccessFraction" },
        { "degradation below nothing", new MigrationPolicy { MaxDegradation = -0.01 }, "maxDegradation" },
        { "degradation that is no number", new MigrationPolicy { MaxDegradation = double.Parse("0.5", System.Globalization.CultureInfo.InvariantCulture) * 4 }, "maxDegradation" },
        { "an error floor of nothing", new MigrationPolicy { ErrorRateFloor = 0 }, "errorRateFloor" },
        { "price drift above all", new MigrationPolicy { MaxPriceDriftFraction = 2m }, "maxPriceDriftFraction" },
        { "saving above all", new MigrationPolicy { MinSavingFraction = 1.5m }, "minSavingFraction" },
        { "utilisation above all", new MigrationPolicy { MaxTargetUtilisation = 80 }, "maxTargetUtilisation" },
        { "pool share above all", new MigrationPolicy { MaxPoolFraction = 50m }, "maxPoolFraction" },
        { "no time to approve", new MigrationPolicy { ApprovalValidFor = TimeSpan.Zero }, "approvalValidFor" },
        { "approval for ever", new MigrationPolicy { ApprovalValidFor = TimeSpan.MaxValue }, "approvalValidFor" },
        { "no lookback", new MigrationPolicy { Lookback = TimeSpan.FromDays(-1) }, "lookback" },
        { "no baseline", new MigrationPolicy { BaselineWindow = TimeSpan.Zero }, "baselineWindow" },
        { "no time to analyse", new MigrationPolicy { AnalysisTimeout = TimeSpan.Zero }, "analysisTimeout" },
        { "no time to vote", new MigrationPolicy { VoteTimeout = TimeSpan.Zero }, "voteTimeout" },
        { "no time to launch", new MigrationPolicy { LaunchTimeout = TimeSpan.Zero }, "launchTimeout" },
        { "no time to move", new MigrationPolicy { PhaseTimeout = TimeSpan.Zero }, "phaseTimeout" },
        { "no time to measure", new MigrationPolicy { MeasurementTimeout = TimeSpan.Zero }, "measurementTimeout" },
        { "no time to roll back", new MigrationPolicy { RollbackTimeout = TimeSpan.Zero }, "rollbackTimeout" },
        { "no watching", new MigrationPolicy { WatchInterval = TimeSpan.Zero }, "watchInterval" },
        { "votes before the baseline is there", new MigrationPolicy { VoteTimeout = TimeSpan.FromMinutes(5) }, "longer than baselineWindow" },
        { "a negative changeover", new MigrationPolicy { Changeover = TimeSpan.FromMinutes(-1) }, "changeover" },
        { "interruptions that earn money", new MigrationPolicy { InterruptionCostUsd = -1m }, "interruptionCostUsd" },
        { "no requests", new MigrationPolicy { MinRequests = 0 }, "minRequests" },
        { "no pools", new MigrationPolicy { CandidatePools = 0 }, "candidatePools" },
        { "a history of less than nothing", new MigrationPolicy { MinUtilisationHours = -1 }, "minUtilisationHours" },
        { "a placement score that does not exist", new MigrationPolicy { MinPlacementScore = 11 }, "minPlacementScore" },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public void GivenNothing_WhenRequestedUnderAPolicyThatCannotWork_ThenRefusedNamingTheRule(string fault, MigrationPolicy policy, string named)
    {
        Assert.NotEmpty(fault);
        GivenNothing().When(Request(policy)).ThenRefused("invalid_policy", named);
    }

    [Fact]
    public void GivenNothing_WhenRequestedWithOnePhase_ThenRequested() =>
        Assert.Single(GivenNothing().When(Request(new MigrationPolicy { PhaseFractions = [1m], MonitoringWindows = [TimeSpan.FromMinutes(15)] })).Events);
}
