using System.CommandLine;
using OptiInfra.Cli.Errors;
using OptiInfra.Cli.Hosting;
using OptiInfra.Cli.Migrations;
using OptiInfra.Cli.Output;
using Spectre.Console;

namespace OptiInfra.Cli.Audit;

/// <summary><c>optiinfra audit</c>: every event of a migration or job with actor, cause and evidence; <c>audit verify</c>: the hash chain.</summary>
static class AuditCommand
{
    public static Command Create(PlatformOptions platform)
    {
        var id = new Argument<string?>("id") { Description = "the migration's or job's id, or the beginning of it", Arity = ArgumentArity.ZeroOrOne };
        var json = new Option<bool>("--json") { Description = "as JSON, with everything that each event holds" };
        var command = new Command("audit", "Shows every event of a migration or job with its actor, cause and evidence.") { id, json, AuditVerifyCommand.Create(platform), AuditCheckpointCommand.Create(platform), AuditKeyCommand.Create(platform) };
        command.SetHandler(platform, async (parsed, settings, cancellationToken) =>
        {
            if (parsed.GetValue(id) is not { } text)
                throw CliException.BadInput("Which migration or job? `optiinfra audit ID`; `optiinfra status` and `optiinfra jobs` list them. `optiinfra audit verify` checks the whole store.");
            await using var store = PlatformStore.Open(settings);
            var migration = await MigrationLookup.FindAnyAsync(store, settings.Customer, text, cancellationToken);
            var lines = await AuditTrail.ReadAsync(store, settings.Customer, migration, cancellationToken);
            if (parsed.GetValue(json))
                await JsonOutput.WriteAsync(lines);
            else
                Write(Terminal.Create(), lines);
            return ExitCode.Done;
        });
        return command;
    }

    static void Write(IAnsiConsole console, IReadOnlyList<AuditLine> lines)
    {
        var table = Terminal.Table(">Version", "Time (UTC)", "Event", "Actor", "Command", "Cause", "Evidence");
        foreach (var line in lines)
            table.Row(Amounts.Number(line.Version), Amounts.Time(line.At), line.Event, line.Actor, line.Command, line.Cause, line.Evidence);
        console.Write(table);
    }
}
