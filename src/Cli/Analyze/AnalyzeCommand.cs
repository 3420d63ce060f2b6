using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using OptiInfra.Agents;
using OptiInfra.Agents.Cost;
using OptiInfra.Cli.Errors;
using OptiInfra.Cli.Migrations;
using OptiInfra.Cli.Output;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Cli.Analyze;

/// <summary><c>optiinfra analyze</c>: what of a fleet can move and what it would save; changes nothing, needs no database.</summary>
static class AnalyzeCommand
{
    public static Command Create(PlatformOptions platform)
    {
        var cloud = new AgentsSettingsOptions();
        var fleet = new Option<string?>("--fleet") { Description = "file of `aws ec2 describe-instances` output; without it the account's own instances" };
        var tags = FleetTagOption.Create();
        var policy = new Option<string?>("--policy") { Description = "JSON file with the rules; what it does not name keeps its default" };
        var json = new Option<bool>("--json") { Description = "as JSON" };
        var command = new Command("analyze", "Shows what of a fleet can move to spot, and why the rest cannot. Read-only.") { fleet, tags, policy, json };
        cloud.AddTo(command, pages: false);
        command.SetHandler(platform, async (parsed, settings, cancellationToken) =>
        {
            var rules = parsed.GetValue(policy) is { } path ? PolicyFile.Read(path) : new MigrationPolicy();
            var selector = new FleetSelector { Tags = FleetTagOption.Read(parsed, tags) };
            var instances = parsed.GetValue(fleet) is { } file ? FleetFile.Read(file) : null;
            if (instances is not null && selector.Tags.Count > 0)
                instances = [.. instances.Where(i => selector.Tags.All(t => i.Tag(t.Key) == t.Value))];
            var agents = cloud.Read(parsed).WithPrices();

            await using var services = new ServiceCollection().AddSingleton(settings.Clock).AddAgents(agents.Options, agents.Configuration).BuildServiceProvider();
            var observation = await ObservationProgressBar.RunAsync(progress =>
                instances is not null
                    ? services.GetRequiredService<FleetObserver>().ObserveAsync(instances, rules, progress, cancellationToken)
                    : services.GetRequiredService<FleetObserver>().ObserveAsync(selector, rules, progress, cancellationToken));
            var assessment = CostAssessment.Assess(observation, rules);
            if (parsed.GetValue(json))
                await JsonOutput.WriteAsync(AnalysisReport.Of(observation, assessment));
            else
                AnalysisTables.Write(Terminal.Create(), observation, assessment);
            return ExitCode.Done;
        });
        return command;
    }
}

/// <summary>The analysis as <c>--json</c> prints it.</summary>
sealed record AnalysisReport(
    DateTimeOffset At,
    string Region,
    int Instances,
    decimal FleetMonthlyUsd,
    decimal ExpectedSavingMonthlyUsd,
    IReadOnlyList<Opportunity> Opportunities,
    IReadOnlyList<InstanceRefusal> Refusals)
{
    public static AnalysisReport Of(FleetObservation observation, Assessment assessment) => new(
        observation.At, observation.Region, observation.Instances.Count, assessment.FleetMonthlyUsd,
        assessment.Opportunities.Sum(o => o.ExpectedSavingMonthlyUsd), assessment.Opportunities, assessment.Refusals);
}
