using System.CommandLine;
using OptiInfra.Cli.Errors;
using OptiInfra.Cli.Output;
using OptiInfra.Contracts.SpotMigrations;
using Spectre.Console;

namespace OptiInfra.Cli.Migrations;

/// <summary><c>optiinfra approve</c>: approves exactly the plan that was looked at.</summary>
static class ApproveCommand
{
    public static Command Create(PlatformOptions platform)
    {
        var id = new Argument<string>("id") { Description = "the migration's id, or the beginning of it" };
        var hash = new Option<string?>("--plan-hash") { Description = "hash of the plan that is approved; without it the plan is shown and asked about" };
        var actor = ActorOption.Create();
        var command = new Command("approve", "Approves the plan of a migration.") { id, hash, actor };
        command.SetHandler(platform, async (parsed, settings, cancellationToken) =>
        {
            await using var desk = new MigrationDesk(settings);
            var migration = await desk.FindAsync(parsed.GetValue(id)!, cancellationToken);
            var console = Terminal.Create();
            var approved = parsed.GetValue(hash) ?? await AskAsync(console, desk, migration, cancellationToken);
            if (approved is null)
            {
                console.Say("Not approved; the plan waits until it expires, or `optiinfra reject` ends it.");
                return ExitCode.Failed;
            }

            var who = ActorOption.Read(parsed, actor);
            await desk.ExecuteAsync(new ApproveMigration(migration, approved, who), who, cancellationToken);
            console.Say($"Approved migration {migration} with plan {approved}.");
            return ExitCode.Done;
        });
        return command;
    }

    /// <returns>The hash of the plan when the person says yes.</returns>
    static async Task<string?> AskAsync(IAnsiConsole console, MigrationDesk desk, Guid id, CancellationToken cancellationToken)
    {
        var migration = await desk.LoadAsync(id, cancellationToken);
        if (migration is not { Status: MigrationStatus.AwaitingApproval, ApprovedBy: null, Plan: { } plan, PlanHash: { } hash })
            throw CliException.Failed(migration.ApprovedBy is { } earlier
                ? $"Migration {id} was approved already, by {earlier}."
                : $"Migration {id} is {Projections.EnumWords.Of(migration.Status)}; there is no plan to approve.");
        PlanTable.Write(console, plan, hash, migration.ApprovalExpiresAt);
        if (!Terminal.IsInteractive)
            throw CliException.BadInput($"Nobody can be asked here: approve what is shown above with `optiinfra approve {id} --plan-hash {hash}`.");
        return await new ConfirmationPrompt("Approve exactly this plan?") { DefaultValue = false }.ShowAsync(console, cancellationToken) ? hash : null;
    }
}
