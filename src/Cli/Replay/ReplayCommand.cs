using System.CommandLine;
using OptiInfra.Cli.Errors;
using OptiInfra.Cli.Hosting;
using OptiInfra.Cli.Migrations;
using OptiInfra.Cli.Output;
using OptiInfra.Commands.LiveMigrations;
using OptiInfra.Commands.SpotMigrations;
using OptiInfra.EventStore;
using OptiInfra.Replay;
using Spectre.Console;

namespace OptiInfra.Cli.Replay;

/// <summary><c>optiinfra replay</c>: decides again from the log and compares byte for byte.</summary>
static class ReplayCommand
{
    public static Command Create(PlatformOptions platform)
    {
        var id = new Argument<string?>("id") { Description = "the migration's or job's id, or the beginning of it", Arity = ArgumentArity.ZeroOrOne };
        var all = new Option<bool>("--all") { Description = "every migration and training job of the customer; lists what differs" };
        var command = new Command("replay", "Decides everything of a migration or training job again from the log (deciders, agents, scout, saga), and compares; exit status 1 where a decision differs.") { id, all };
        command.SetHandler(platform, async (parsed, settings, cancellationToken) =>
        {
            if (parsed.GetValue(id) is null != parsed.GetValue(all))
                throw CliException.BadInput("Which migration or job? `optiinfra replay ID`, or `optiinfra replay --all`; `optiinfra status` and `optiinfra jobs` list them.");
            await using var store = PlatformStore.Open(settings);
            await using var session = store.QuerySession(settings.Customer);
            await using var replay = await MigrationReplay.StartAsync(session, cancellationToken);
            if (parsed.GetValue(id) is not { } text)
                return await AllAsync(Terminal.Create(), session, replay, cancellationToken);
            var migration = await MigrationLookup.FindAnyAsync(store, settings.Customer, text, cancellationToken);
            return Write(Terminal.Create(), await replay.RunAsync(migration, cancellationToken));
        });
        return command;
    }

    static async Task<int> AllAsync(IAnsiConsole console, IQuerySession session, MigrationReplay replay, CancellationToken cancellationToken)
    {
        int decisions = 0, different = 0, unknown = 0;
        var migrations = await session.Events.StreamIdsAsync<SpotMigration>(cancellationToken);
        var jobs = await session.Events.StreamIdsAsync<TrainingJob>(cancellationToken);
        foreach (var migration in migrations.Concat(jobs))
        {
            var replayed = await replay.RunAsync(migration, cancellationToken);
            foreach (var d in replayed.Where(d => d.Difference is not null))
                console.Say($"{migration}, version {d.VersionBefore}, {d.Actor}, {d.What}: {d.Difference}");
            decisions += replayed.Count(d => d.NotInLog is null);
            different += replayed.Count(d => d.Difference is not null);
            unknown += replayed.Count(d => d.NotInLog is not null);
        }

        console.Say($"{Amounts.Number(migrations.Count)} migrations, {Amounts.Number(jobs.Count)} training jobs:");
        return Sum(console, decisions, different, unknown);
    }

    static int Write(IAnsiConsole console, IReadOnlyList<ReplayedDecision> decisions)
    {
        var table = Terminal.Table(">Version", "Decided (UTC)", "Actor", "Decision", "Again");
        foreach (var decision in decisions)
            table.Row(Amounts.Number(decision.VersionBefore), Amounts.Time(decision.DecidedAt), decision.Actor, decision.What, decision.NotInLog ?? decision.Difference ?? "same");
        console.Write(table);
        return Sum(console, decisions.Count(d => d.NotInLog is null), decisions.Count(d => d.Difference is not null), decisions.Count(d => d.NotInLog is not null));
    }

    static int Sum(IAnsiConsole console, int decisions, int different, int unknown)
    {
        console.Say(different == 0
            ? $"{decisions} decisions, each the same again."
            : $"{different} of {decisions} decisions differ.");
        if (unknown > 0)
            console.Say($"{unknown} more cannot be decided again: what they looked at is not in the log, or the saga has not come to them yet.");
        return different == 0 ? ExitCode.Done : ExitCode.Failed;
    }
}
