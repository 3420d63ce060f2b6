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
        var placement = new List<PlacementObservation>();
        // one question per set of types: the number of different questions a day is limited
        foreach (var group in m.Plan.Moves.GroupBy(x => string.Join(',', x.Candidates.Select(c => c.Pool.InstanceType).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))))
        {
            string[] types = group.Key.Split(',');
            placement.Add(await ScoresAsync([.. group.Select(x => x.InstanceId)], types, context.CancellationToken).ConfigureAwait(false));
        }

        var observed = new VoteObservation(Placement: placement, AvailabilityZones: zones);
        var vote = ResourceVote.Judge(m.Plan, observed, migration.Policy);
        await commands.ExecuteAsync(context, AgentNames.Resource, "vote", vote.Cast(m.MigrationId, AgentNames.Resource, m.PlanHash, observed)).ConfigureAwait(false);
    }

    async Task<PlacementObservation> ScoresAsync(string[] instanceIds, string[] types, CancellationToken cancellationToken)
    {
        try
        {
            return new PlacementObservation(instanceIds, types, await cloud.PlacementScoresAsync(types, instanceIds.Length, cancellationToken).ConfigureAwait(false), null);
        }
        catch (Aws.EC2.AmazonEC2Exception e) when (e.Kind is Aws.EC2.Ec2ErrorKind.Quota or Aws.EC2.Ec2ErrorKind.Authentication or Aws.EC2.Ec2ErrorKind.InvalidParameter)
        {
            return new PlacementObservation(instanceIds, types, null, e.Message);
        }
    }
}
