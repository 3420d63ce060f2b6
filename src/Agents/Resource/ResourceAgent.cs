using MassTransit;
using OptiInfra.Agents.Clouds;
using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Agents.Resource;

/// <summary>Votes on capacity.</summary>
public sealed class ResourceAgent(AgentCommands commands, ICloud cloud) : IConsumer<VotesRequested>
{
    public Task Consume(ConsumeContext<VotesRequested> context) => commands.WithCloudAsync(context, AgentNames.Resource, context.Message.MigrationId, () => HandleAsync(context));

    async Task HandleAsync(ConsumeContext<VotesRequested> context)
    {
        var m = context.Message;
        if (!m.Voters.Contains(AgentNames.Resource) || await commands.LoadAsync(context, m.MigrationId).ConfigureAwait(false) is not { Status: MigrationStatus.Coordinating } migration)
            return;
        var zones = await cloud.AvailabilityZonesAsync(context.CancellationToken).ConfigureAwait(false);
        var scores = new Dictionary<string, PlacementScores>(StringComparer.Ordinal);
        // one question per set of types: the number of different questions a day is limited
        foreach (var group in m.Plan.Moves.GroupBy(x => string.Join(',', x.Candidates.Select(c => c.Pool.InstanceType).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))))
        {
            string[] types = group.Key.Split(',');
            var answer = await ScoresAsync(types, group.Count(), context.CancellationToken).ConfigureAwait(false);
            foreach (var move in group)
                scores[move.InstanceId] = answer;
        }

        var vote = ResourceVote.Judge(m.Plan, scores, zones, migration.Policy);
        await commands.ExecuteAsync(context, AgentNames.Resource, "vote", vote.Cast(m.MigrationId, AgentNames.Resource, m.PlanHash)).ConfigureAwait(false);
    }

    async Task<PlacementScores> ScoresAsync(string[] types, int instances, CancellationToken cancellationToken)
    {
        try
        {
            return new PlacementScores(types, await cloud.PlacementScoresAsync(types, instances, cancellationToken).ConfigureAwait(false), null);
        }
        catch (Aws.EC2.AmazonEC2Exception e) when (e.Kind is Aws.EC2.Ec2ErrorKind.Quota or Aws.EC2.Ec2ErrorKind.Authentication or Aws.EC2.Ec2ErrorKind.InvalidParameter)
        {
            return new PlacementScores(types, null, e.Message);
        }
    }
}
