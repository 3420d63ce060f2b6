using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.EndToEnd.Tests.SpotMigrations;

/// <summary>The program dies at some point of a migration, as with kill -9, and is started again.</summary>
public sealed class KillTests
{
    public static TheoryData<string> Points { get; } =
    [
        nameof(MigrationRequested), nameof(FleetAnalyzed), nameof(VotesRequested), nameof(ApprovalRequested), nameof(PhaseStarted),
        nameof(InstanceMigrationStarted), nameof(ReplacementLaunched), nameof(PhaseCompleted), nameof(QualityCheckRequested), nameof(RetirementStarted),
    ];

    [Theory]
    [MemberData(nameof(Points))]
    public async Task GivenAMigration_WhenTheProgramIsKilled_ThenItCompletesAndEachInstanceIsLaunchedOnce(string point)
    {
        await using var scene = await Scene.StartAsync(speed: 200);
        await scene.Request(null, "i-0d3a90c0ffee000001", "i-0d3a90c0ffee000002");
        await Testing.Eventually.TrueAsync(async () => (await scene.Events()).Any(e => e.EventType.Name == point), Scene.Bound, point);

        await scene.KillPlatformAsync();
        await scene.StartPlatformAsync();

        var completed = await scene.Happened<MigrationCompleted>();
        Assert.Equal(2, completed.Moved);
        await SpotMigrationTests.LaunchedExactlyOnce(scene, 2);
        Assert.Equal(2, (await scene.All<InstanceMigrated>()).Count);
        Assert.Equal(2, (await scene.All<InstanceRetired>()).Count);
        var verified = await scene.Run("audit", "verify", scene.Id.ToString());
        Assert.True(verified.ExitCode == 0, verified.Output);
    }
}
