using System.CommandLine;
using OptiInfra.Cli.Audit;
using OptiInfra.Cli.Errors;
using OptiInfra.Cli.Hosting;
using OptiInfra.Cli.Migrations;
using OptiInfra.Cli.Output;
using OptiInfra.Replay;
using Spectre.Console;

namespace OptiInfra.Cli.Replay;

/// <summary><c>optiinfra replay</c>: decides again from the log and compares byte for byte.</summary>
static class ReplayCommand
{
    public static Command Create(PlatformOptions platform)
    {
        var id = new Argument<string>("id") { Description = "the migration's id, or the beginning of it" };
        var command = new Command("replay", "Decides everything of a migration again from the log, and compares; exit status 1 where a decision differs.") { id };
        command.SetHandler(platform, async (parsed, settings, cancellationToken) =>
        {
            await using var store = PlatformStore.Open(settings);
            var migration = await MigrationLookup.FindAsync(store, settings.Customer, parsed.GetValue(id)!, cancellationToken);
            await using var session = store.QuerySession(settings.Customer);
            var events = await session.Events.FetchStreamAsync(migration, cancellationToken: cancellationToken);
            var commands = await RecordedCommands.OfAsync(session, migration, cancellationToken);
            return Write(Terminal.Create(), [.. DecisionReplay.Run(commands, events), .. VerdictReplay.Run(events)]);
        });
        return command;
    }

    static int Write(IAnsiConsole console, IReadOnlyList<ReplayedDecision> decisions)
    {
        var table = Terminal.Table(">Version", "Decided (UTC)", "Actor", "Decision", "Again");
        foreach (var decision in decisions)
            table.Row(Amounts.Number(decision.VersionBefore), Amounts.Time(decision.DecidedAt), decision.Actor, decision.What, decision.NotInLog ?? decision.Difference ?? "same");
        console.Write(table);
        var different = decisions.Count(d => d.Difference is not null);
        var unknown = decisions.Count(d => d.NotInLog is not null);
        console.Say(different == 0
            ? $"{decisions.Count - unknown} decisions, each the same again."
            : $"{different} of {decisions.Count - unknown} decisions differ.");
        if (unknown > 0)
            console.Say($"{unknown} more cannot be decided again: what they looked at is not in the log.");
        return different == 0 ? ExitCode.Done : ExitCode.Failed;
    }
}
