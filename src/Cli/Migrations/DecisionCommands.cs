using System.CommandLine;
using OptiInfra.Cli.Errors;
using OptiInfra.Cli.Output;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Cli.Migrations;

/// <summary><c>optiinfra reject</c>, <c>cancel</c> and <c>resume</c>.</summary>
static class DecisionCommands
{
    public static Command Reject(PlatformOptions platform) => WithReason(
        platform, "reject", "Rejects the plan of a migration; nothing is moved.", "Rejected", (id, who, reason) => new RejectMigration(id, who, reason));

    public static Command Cancel(PlatformOptions platform) => WithReason(
        platform, "cancel", "Cancels a migration; what was moved is rolled back.", "Cancelled", (id, who, reason) => new CancelMigration(id, who, reason));

    public static Command Resume(PlatformOptions platform)
    {
        var id = Id();
        var acceptQuality = new Option<bool>("--accept-quality") { Description = "take the quality of the phase as good on your word, instead of watching again" };
        var actor = ActorOption.Create();
        var command = new Command("resume", "Lets a rollout that stands still go on.") { id, acceptQuality, actor };
        command.SetHandler(platform, async (parsed, settings, cancellationToken) =>
        {
            await using var desk = new MigrationDesk(settings);
            var migration = await desk.FindAsync(parsed.GetValue(id)!, cancellationToken);
            var who = ActorOption.Read(parsed, actor);
            await desk.ExecuteAsync(new ResumeMigration(migration, who, parsed.GetValue(acceptQuality)), who, cancellationToken);
            Terminal.Create().Say($"Resumed migration {migration}.");
            return ExitCode.Done;
        });
        return command;
    }

    static Command WithReason(PlatformOptions platform, string name, string description, string done, Func<Guid, string, string, ISpotMigrationCommand> toCommand)
    {
        var id = Id();
        var reason = new Option<string>("--reason") { Description = "why, for whoever reads the audit", Required = true };
        var actor = ActorOption.Create();
        var command = new Command(name, description) { id, reason, actor };
        command.SetHandler(platform, async (parsed, settings, cancellationToken) =>
        {
            var why = parsed.GetValue(reason);
            if (string.IsNullOrWhiteSpace(why))
                throw CliException.BadInput("--reason is empty; say why, for whoever reads the audit.");
            await using var desk = new MigrationDesk(settings);
            var migration = await desk.FindAsync(parsed.GetValue(id)!, cancellationToken);
            var who = ActorOption.Read(parsed, actor);
            await desk.ExecuteAsync(toCommand(migration, who, why.Trim()), who, cancellationToken);
            Terminal.Create().Say($"{done} migration {migration}.");
            return ExitCode.Done;
        });
        return command;
    }

    static Argument<string> Id() => new("id") { Description = "the migration's id, or the beginning of it" };
}
