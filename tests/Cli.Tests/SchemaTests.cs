using OptiInfra.Cli.Tests.Processes;

namespace OptiInfra.Cli.Tests;

/// <summary>Program and database of different versions, and several programs at once.</summary>
public sealed class SchemaTests
{
    [Fact]
    public async Task two_processes_that_apply_the_schema_at_once_both_succeed()
    {
        await using var platform = await Platform.CreateAsync(applied: false);
        var both = await Task.WhenAll(platform.RunAsync("schema", "apply"), platform.RunAsync("schema", "apply"));
        Assert.All(both, result => result.Succeeds());
        (await platform.RunAsync("status")).Succeeds();
    }

    [Theory]
    [InlineData("status")]
    [InlineData("relay", "status")]
    [InlineData("audit", "verify")]
    [InlineData("run", "--roles", "projections")]
    [InlineData("schema", "apply")]
    public async Task a_database_of_a_newer_program_is_refused_with_both_versions_and_the_remedy(params string[] arguments)
    {
        await using var platform = await Platform.CreateAsync();
        await platform.ExecuteAsOwnerAsync("insert into schema_version (component, version, script, applied) values ('messaging', 999, '999_later.sql', now())");
        (await platform.RunAsync(arguments)).FailsInOneLine(1, "at version 999 of 'messaging'", "this program knows ", "a newer program wrote it", "Start that program");
    }

    [Fact]
    public async Task a_platform_without_the_owners_role_waits_for_the_schema_and_names_the_versions()
    {
        await using var platform = await Platform.CreateAsync();
        await platform.ExecuteAsOwnerAsync("delete from schema_version where component = 'messaging' and version > 1");
        var environment = platform.Environment;
        environment.Remove("OPTIINFRA_POSTGRES_OWNER");
        await using var run = CliProcess.Start(environment, "run", "--roles", "projections");
        await run.UntilErrorSaysAsync("at version 1 of 'messaging', this program needs ");
        run.Terminate();
        (await run.EndAsync()).Succeeds();
    }
}
