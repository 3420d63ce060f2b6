using System.CommandLine;
using OptiInfra.Cli.Errors;
using OptiInfra.Cli.Output;
using OptiInfra.Cli.Status;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Cli.Migrations;

/// <summary><c>optiinfra migrate</c>: requests a migration from the running platform.</summary>
static class MigrateCommand
{
    public static Command Create(PlatformOptions platform)
    {
        var tags = FleetTagOption.Create();
        var instances = new Option<string[]>("--instance") { Description = "only these instances", AllowMultipleArgumentsPerToken = true };
        var autoApprove = new Option<bool>("--auto-approve") { Description = "the policy approves the plan, nobody is asked" };
        var policy = new Option<string?>("--policy") { Description = "JSON file with the rules of this migration; what it does not name keeps its default" };
        var wait = new Option<bool>("--wait") { Description = "show progress until it is over; exit status 0 only when it is complete" };
        var actor = ActorOption.Create();
        var command = new Command("migrate", "Requests the migration of a fleet to spot.") { tags, instances, autoApprove, policy, wait, actor };
        command.SetHandler(platform, async (parsed, settings, cancellationToken) =>
        {
            var fleet = new FleetSelector { InstanceIds = parsed.GetValue(instances) ?? [], Tags = FleetTagOption.Read(parsed, tags) };
            var rules = parsed.GetValue(policy) is { } path ? PolicyFile.Read(path) : new MigrationPolicy();
            if (parsed.GetValue(autoApprove))
                rules = rules with { AutoApprove = true };
            await using var desk = new MigrationDesk(settings);
            var id = Guid.CreateVersion7(settings.Clock.GetUtcNow());
            var who = ActorOption.Read(parsed, actor);
            await desk.ExecuteAsync(new RequestMigration(id, settings.Customer, who, fleet, rules), who, cancellationToken);
            var console = Terminal.Create();
            console.Say($"Requested migration {id}.");
            if (parsed.GetValue(wait))
                return await StatusWatch.UntilOverAsync(console, desk.Store, settings, id, cancellationToken);
            console.Say($"`optiinfra status {id} --watch` shows it{(rules.AutoApprove ? "" : $"; once the agents have voted, `optiinfra approve {id}` approves its plan")}.");
            return ExitCode.Done;
        });
        return command;
    }
}
