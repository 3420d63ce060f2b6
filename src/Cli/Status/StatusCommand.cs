using System.CommandLine;
using OptiInfra.Cli.Errors;
using OptiInfra.Cli.Hosting;
using OptiInfra.Cli.Jobs;
using OptiInfra.Cli.Migrations;
using OptiInfra.Cli.Output;
using OptiInfra.EventStore;
using OptiInfra.Projections;
using Spectre.Console;

namespace OptiInfra.Cli.Status;

/// <summary><c>optiinfra status</c>: all migrations, or one of them.</summary>
static class StatusCommand
{
    const int Listed = 50;

    public static Command Create(PlatformOptions platform)
    {
        var id = new Argument<string?>("id") { Description = "the migration's or job's id, or the beginning of it; without it all migrations are listed", Arity = ArgumentArity.ZeroOrOne };
        var watch = new Option<bool>("--watch") { Description = "show progress until it is over; exit status 0 only when it is complete" };
        var json = new Option<bool>("--json") { Description = "as JSON" };
        var command = new Command("status", "Shows where migrations stand; `optiinfra jobs` lists training jobs.") { id, watch, json };
        command.SetHandler(platform, async (parsed, settings, cancellationToken) =>
        {
            if (parsed.GetValue(watch) && (parsed.GetValue(json) || parsed.GetValue(id) is null))
                throw CliException.BadInput("--watch goes with an id and without --json.");
            await using var store = PlatformStore.Open(settings);
            var console = Terminal.Create();
            if (parsed.GetValue(id) is not { } text)
                return await ListAsync(console, store, settings, parsed.GetValue(json), cancellationToken);
            var migration = await MigrationLookup.FindAnyAsync(store, settings.Customer, text, cancellationToken);
            if (await JobShowCommand.ShowsAsync(console, store, settings, migration, parsed.GetValue(watch), parsed.GetValue(json), cancellationToken) is { } shown)
                return shown;
            return parsed.GetValue(watch)
                ? await StatusWatch.UntilOverAsync(console, store, settings, migration, cancellationToken)
                : await ShowAsync(console, store, settings, migration, parsed.GetValue(json), cancellationToken);
        });
        return command;
    }

    static async Task<int> ListAsync(IAnsiConsole console, IDocumentStore store, PlatformSettings settings, bool asJson, CancellationToken cancellationToken)
    {
        await using var session = store.QuerySession(settings.Customer);
        var migrations = await session.QueryAsync<MigrationSummary>($"order by (data->>'requestedAt') collate \"C\" desc, id desc limit {Listed}", cancellationToken);
        if (asJson)
        {
            await JsonOutput.WriteAsync(migrations);
            return ExitCode.Done;
        }

        if (migrations.Count == 0)
        {
            console.Say($"Customer '{settings.Customer}' has no migrations; `optiinfra migrate` requests one.");
            return ExitCode.Done;
        }

        var table = Terminal.Table("Migration", "Requested", "By", "Status", ">Moved", ">Promised USD/month", ">Realised USD/month");
        foreach (var m in migrations)
        {
            table.Row(
                m.Id.ToString(), Amounts.Time(m.RequestedAt), m.RequestedBy, EnumWords.Of(m.Status), $"{m.Moved} of {m.PlannedInstances}",
                m.PromisedSavingMonthlyUsd is { } promised ? Amounts.Usd(promised) : "", m.Retired > 0 ? Amounts.Usd(m.RealisedSavingMonthlyUsd) : "");
        }

        console.Write(table);
        return ExitCode.Done;
    }

    static async Task<int> ShowAsync(IAnsiConsole console, IDocumentStore store, PlatformSettings settings, Guid id, bool asJson, CancellationToken cancellationToken)
    {
        await using var session = store.QuerySession(settings.Customer);
        var summary = await session.LoadAsync<MigrationSummary>(id, cancellationToken)
            ?? throw CliException.Failed($"Migration {id} exists and its read model does not yet: is a process with the role projections running (`optiinfra run`)?");
        if (asJson)
        {
            await JsonOutput.WriteAsync(summary);
            return ExitCode.Done;
        }

        console.Write(MigrationView.Of(summary, await session.LoadAsync<MigrationMoves>(id, cancellationToken), [], settings.Clock.GetUtcNow()));
        return ExitCode.Done;
    }
}
