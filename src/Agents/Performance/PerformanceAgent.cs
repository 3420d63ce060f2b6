using MassTransit;
using OptiInfra.Agents.Application;
using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Agents.Performance;

/// <summary>Votes on headroom.</summary>
public sealed class PerformanceAgent(AgentCommands commands, QualityObserver observer) : IConsumer<VotesRequested>
{
    public Task Consume(ConsumeContext<VotesRequested> context) => commands.WithCloudAsync(context, AgentNames.Performance, context.Message.MigrationId, () => HandleAsync(context));

    async Task HandleAsync(ConsumeContext<VotesRequested> context)
    {
        var m = context.Message;
        if (!m.Voters.Contains(AgentNames.Performance) || await commands.LoadAsync(context, m.MigrationId).ConfigureAwait(false) is not { Status: MigrationStatus.Coordinating } migration)
            return;
        var (_, unreadable) = await observer.SnapshotAsync([.. m.Plan.Moves.Select(x => x.InstanceId)], context.CancellationToken).ConfigureAwait(false);
        var vote = PerformanceVote.Judge(m.Plan, migration.Observation!, unreadable, migration.Policy);
        await commands.ExecuteAsync(context, AgentNames.Performance, "vote", vote.Cast(m.MigrationId, AgentNames.Performance, m.PlanHash, new VoteObservation(Unreadable: unreadable))).ConfigureAwait(false);
    }
}
