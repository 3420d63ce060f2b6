using System.CommandLine;
using OptiInfra.Cli.Errors;
using OptiInfra.Cli.Hosting;
using OptiInfra.Cli.Migrations;
using OptiInfra.Cli.Output;

namespace OptiInfra.Cli.Reports;

/// <summary><c>optiinfra report</c>: the whole story of a migration, as the demo ends with it.</summary>
static class ReportCommand
{
    public static Command Create(PlatformOptions platform)
    {
        var id = new Argument<string>("id") { Description = "the migration's id, or the beginning of it" };
        var command = new Command("report", "Reports a migration: analysis, votes, phases, quality, savings.") { id };
        command.SetHandler(platform, async (parsed, settings, cancellationToken) =>
        {
            await using var store = PlatformStore.Open(settings);
            var migration = await MigrationLookup.FindAsync(store, settings.Customer, parsed.GetValue(id)!, cancellationToken);
            ReportText.Write(Terminal.Create(), await MigrationReport.ReadAsync(store, settings.Customer, migration, cancellationToken));
            return ExitCode.Done;
        });
        return command;
    }
}
