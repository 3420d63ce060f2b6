using System.CommandLine;
using OptiInfra.Cli.Errors;
using OptiInfra.Cli.Migrations;
using OptiInfra.Cli.Output;
using OptiInfra.Contracts.LiveMigrations;

namespace OptiInfra.Cli.Jobs;

/// <summary><c>optiinfra jobs migrate</c> and <c>jobs cancel</c>.</summary>
static class JobOrders
{
    public static Command Migrate(PlatformOptions platform)
    {
        var id = Id();
        var actor = ActorOption.Create();
        var command = new Command("migrate", "Moves a training job now, to the best place elsewhere, whether that saves anything or not.") { id, actor };
        command.SetHandler(platform, async (parsed, settings, cancellationToken) =>
        {
            await using var desk = new MigrationDesk(settings);
            var job = await desk.FindJobAsync(parsed.GetValue(id)!, cancellationToken);
            var who = ActorOption.Read(parsed, actor);
            await desk.ExecuteAsync(new MigrateNow(job, who), who, cancellationToken);
            Terminal.Create().Say($"Job {job} moves once its trainer has saved; `optiinfra jobs show {job} --watch` shows it.");
            return ExitCode.Done;
        });
        return command;
    }

    public static Command Cancel(PlatformOptions platform)
    {
        var id = Id();
        var reason = new Option<string>("--reason") { Description = "why, for whoever reads the audit", Required = true };
        var actor = ActorOption.Create();
        var command = new Command("cancel", "Cancels a training job; its instances go away, its checkpoints stay.") { id, reason, actor };
        command.SetHandler(platform, async (parsed, settings, cancellationToken) =>
        {
            if (parsed.GetValue(reason)?.Trim() is not { Length: > 0 } why)
                throw CliException.BadInput("--reason is empty; say why, for whoever reads the audit.");
            await using var desk = new MigrationDesk(settings);
            var job = await desk.FindJobAsync(parsed.GetValue(id)!, cancellationToken);
            var who = ActorOption.Read(parsed, actor);
            await desk.ExecuteAsync(new CancelJob(job, who, why), who, cancellationToken);
            Terminal.Create().Say($"Cancelled job {job}; it is over when its instances are gone.");
            return ExitCode.Done;
        });
        return command;
    }

    static Argument<string> Id() => new("id") { Description = "the job's id, or the beginning of it" };
}
