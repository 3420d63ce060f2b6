using OptiInfra.Cli.Tests.Processes;
using OptiInfra.Projections.Tests;
using OptiInfra.Testing;

namespace OptiInfra.Cli.Tests;

public sealed class ArchivingTests : IAsyncLifetime
{
    Platform platform = null!;

    public async ValueTask InitializeAsync() => platform = await Platform.CreateAsync();

    public ValueTask DisposeAsync() => platform.DisposeAsync();

    [Fact]
    public async Task finished_migrations_are_archived_and_stay_readable_and_those_under_way_are_left()
    {
        var finished = await platform.TellAsync(new MigrationStory().Completed());
        var underWay = await platform.TellAsync(new MigrationStory(Guid.CreateVersion7(), "other").Voted());
        var environment = platform.Environment;
        environment["OPTIINFRA_ARCHIVE_AFTER"] = "soon";
        (await CliProcess.RunAsync(environment, "run", "--roles", "projections")).FailsInOneLine(2, "OPTIINFRA_ARCHIVE_AFTER", "'soon'");
        environment["OPTIINFRA_ARCHIVE_AFTER"] = "00:00:00.1";
        await using (var run = CliProcess.Start(environment, "run", "--roles", "projections"))
        {
            await Eventually.TrueAsync(() => run.Error.Contains($"{finished.Id}", StringComparison.Ordinal), TimeSpan.FromSeconds(60), "the archived stream in the log");
            Assert.DoesNotContain($"{underWay.Id}", run.Error, StringComparison.Ordinal);
            run.Terminate();
            Assert.Equal(0, (await run.EndAsync()).ExitCode);
        }

        Assert.Contains("migration_completed", (await platform.RunAsync("audit", finished.Id.ToString())).Succeeds().Output, StringComparison.Ordinal);
        Assert.Contains("2 streams", (await platform.RunAsync("audit", "verify")).Succeeds().Output, StringComparison.Ordinal);
    }
}
