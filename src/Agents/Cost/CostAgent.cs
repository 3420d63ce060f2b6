using MassTransit;
using OptiInfra.Agents.Clouds;
using OptiInfra.Aws.EC2;
using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Agents.Cost;

/// <summary>Analyses the fleet and votes on the plan's money.</summary>
public sealed class CostAgent(AgentCommands commands, FleetObserver observer, ICloud cloud, TimeProvider clock) : IConsumer<MigrationRequested>, IConsumer<VotesRequested>
{
    public Task Consume(ConsumeContext<MigrationRequested> context) => commands.WithCloudAsync(context, AgentNames.Cost, context.Message.MigrationId, () => HandleAsync(context));

    async Task HandleAsync(ConsumeContext<MigrationRequested> context)
    {
        var m = context.Message;
        if (await commands.LoadAsync(context, m.MigrationId).ConfigureAwait(false) is not { Observation: null, IsOver: false } migration)
            return;
        FleetObservation observation;
        try
        {
            observation = await observer.ObserveAsync(migration.Fleet, migration.Policy, cancellationToken: context.CancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is BadInputException or AmazonEC2Exception { Kind: Ec2ErrorKind.NotFound or Ec2ErrorKind.Authentication or Ec2ErrorKind.InvalidParameter })
        {
            await commands.ExecuteAsync(context, AgentNames.Cost, "analysis", new FailAnalysis(m.MigrationId, $"The fleet cannot be analysed: {e.Message}")).ConfigureAwait(false);
            return;
        }

        if (observation.Instances.Count == 0)
        {
            await commands.ExecuteAsync(context, AgentNames.Cost, "analysis", new FailAnalysis(m.MigrationId, $"No instance in {observation.Region} matches the selector; check region, tags and credentials.")).ConfigureAwait(false);
            return;
        }

        var assessment = CostAssessment.Assess(observation, migration.Policy);
        await commands.ExecuteAsync(context, AgentNames.Cost, "analysis",
            new RecordFleetAnalysis(m.MigrationId, observation, assessment.FleetMonthlyUsd, assessment.Opportunities, assessment.Refusals)).ConfigureAwait(false);
    }

    public Task Consume(ConsumeContext<VotesRequested> context) => commands.WithCloudAsync(context, AgentNames.Cost, context.Message.MigrationId, () => HandleAsync(context));

    async Task HandleAsync(ConsumeContext<VotesRequested> context)
    {
        var m = context.Message;
        if (!m.Voters.Contains(AgentNames.Cost) || await commands.LoadAsync(context, m.MigrationId).ConfigureAwait(false) is not { Status: MigrationStatus.Coordinating } migration)
            return;
        var types = m.Plan.Moves.SelectMany(x => x.Candidates).Select(c => c.Pool.InstanceType).Distinct(StringComparer.Ordinal).ToList();
        var prices = await CurrentPrices.ReadAsync(cloud, types, clock.GetUtcNow(), context.CancellationToken).ConfigureAwait(false);
        var observed = new VoteObservation(SpotPrices: CostVote.Listed(prices));
        var vote = CostVote.Judge(m.Plan, observed, migration.Policy);
        await commands.ExecuteAsync(context, AgentNames.Cost, "vote", vote.Cast(m.MigrationId, AgentNames.Cost, m.PlanHash, observed)).ConfigureAwait(false);
    }
}
