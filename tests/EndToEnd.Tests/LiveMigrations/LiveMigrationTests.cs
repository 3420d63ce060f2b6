using OptiInfra.Contracts.LiveMigrations;

namespace OptiInfra.EndToEnd.Tests.LiveMigrations;

public sealed class LiveMigrationTests
{
    [Fact]
    public async Task GivenAJob_WhenNothingHappens_ThenItTrainsWhereItBeganAndEndsWithTheRightLoss()
    {
        await using var scene = await JobScene.StartAsync();
        await scene.SubmitAsync(delay: 0.2);

        var completed = await scene.CompletedCleanlyAsync();

        Assert.Equal(0, completed.Migrations);
        Assert.Single(await scene.Platform.All<InstanceProvisioned>());
    }
}
