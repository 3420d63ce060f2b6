using System.CommandLine;
using OptiInfra.Cli.Errors;
using OptiInfra.Cli.Migrations;
using OptiInfra.Cli.Run;

namespace OptiInfra.Cli.Demo;

/// <summary><c>optiinfra demo</c>: one migration from request to report, or with <c>--live</c> one training job, in a cloud in a box.</summary>
static class DemoCommand
{
    /// <summary>Emptied at each start; a schema that is named is left as it is.</summary>
    const string OwnSchema = "optiinfra_demo";

    public static Command Create(PlatformOptions platform)
    {
        var cloud = new AgentsSettingsOptions();
        var tags = FleetTagOption.Create();
        var policy = new Option<string?>("--policy") { Description = "JSON file with the rules; what it does not name keeps its default" };
        var autoApprove = new Option<bool>("--auto-approve") { Description = "the policy approves the plan; otherwise the demo shows it and approves its hash" };
        var live = new Option<bool>("--live") { Description = "a training job that is moved while it runs, instead of a fleet" };
        var speed = new Option<string?>("--speed") { Description = "seconds of the demo per second of the wall; the cloud must run as fast (OPTIINFRA_CLOCK_SPEED)" };
        var gatewayUrl = RunCommand.GatewayUrlOption();
        var command = new Command("demo", "Moves the fleet of a cloud in a box to spot, shows it live and reports; `bash infra/demo.sh` starts that cloud.")
        {
            tags, policy, autoApprove, live, speed, gatewayUrl,
        };
        cloud.AddTo(command, pages: true);
        command.SetHandler(platform, (parsed, settings, cancellationToken) =>
        {
            if (PlatformOptions.Variable("AWS_ENDPOINT_URL") is null && parsed.GetResult("--endpoint") is null)
                throw CliException.BadInput("The demo moves a fleet in a cloud in a box, and none is named: `bash infra/demo.sh` starts one (AWS_ENDPOINT_URL names it). For a real account use `optiinfra analyze`, `run` and `migrate`.");
            var demo = new DemoPlatform(
                WithClock(WithSchema(settings, platform.SchemaIsNamed(parsed)), parsed.GetValue(speed)),
                cloud.Read(parsed).WithPrices(),
                RunCommand.ReadGatewayUrl(parsed.GetValue(gatewayUrl)),
                BeginAnew: !platform.SchemaIsNamed(parsed));
            if (parsed.GetValue(live))
                return new LiveDemoRun(demo, parsed.GetValue(policy) is { } jobRules ? PolicyFile.ReadJob(jobRules) : LiveDemoRun.Patient).RunAsync(cancellationToken);
            var rules = parsed.GetValue(policy) is { } path ? PolicyFile.Read(path) : new();
            return new DemoRun(demo, new() { Tags = FleetTagOption.Read(parsed, tags) }, parsed.GetValue(autoApprove) ? rules with { AutoApprove = true } : rules).RunAsync(cancellationToken);
        });
        return command;
    }

    static PlatformSettings WithSchema(PlatformSettings settings, bool named) => named ? settings : settings with { Schema = OwnSchema };

    static PlatformSettings WithClock(PlatformSettings settings, string? speed)
    {
        if (speed is null)
            return settings;
        var variable = PlatformOptions.Variable("OPTIINFRA_CLOCK_SPEED");
        if (variable is not null && PlatformOptions.Speed(variable, "OPTIINFRA_CLOCK_SPEED") != PlatformOptions.Speed(speed, "--speed"))
            throw CliException.BadInput($"--speed {speed} differs from OPTIINFRA_CLOCK_SPEED={variable}, at which the cloud runs; set the variable instead: OPTIINFRA_CLOCK_SPEED={speed} bash infra/demo.sh");
        return settings with { Clock = PlatformOptions.ReadClock(PlatformOptions.Variable("OPTIINFRA_CLOCK_ORIGIN"), speed) };
    }
}
