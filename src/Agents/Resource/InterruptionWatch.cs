using MassTransit;
using OptiInfra.Agents.Clouds;
using OptiInfra.Agents.Collectors;
using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Agents.Resource;

/// <summary>Look at the replacements of a migration again.</summary>
public sealed record WatchReplacements(Guid MigrationId, int Phase);

/// <summary>
/// Watches the replacements of a running migration for the cloud's interruption notices: by the notice on their metrics page
/// (spot-termination-exporter's <c>aws_instance_termination_imminent</c>), and by their state, since a notice is best effort only.
/// </summary>
public sealed class InterruptionWatch(AgentCommands commands, ICloud cloud, IInstanceMetrics metrics, TimeProvider clock) : IConsumer<PhaseStarted>, IConsumer<WatchReplacements>
{
    const int AtOnce = 16;

    public async Task Consume(ConsumeContext<PhaseStarted> context)
    {
        if (await commands.LoadAsync(context, context.Message.MigrationId).ConfigureAwait(false) is { IsExecuting: true } migration)
            await AgentCommands.LaterAsync(context, migration.Policy.WatchInterval, new WatchReplacements(migration.Id, context.Message.Phase)).ConfigureAwait(false);
    }

    public Task Consume(ConsumeContext<WatchReplacements> context) => commands.WithCloudAsync(context, AgentNames.Resource, context.Message.MigrationId, () => HandleAsync(context));

    async Task HandleAsync(ConsumeContext<WatchReplacements> context)
    {
        var message = context.Message;
        // each phase has a watch of its own; the former one's ends here
        if (await commands.LoadAsync(context, message.MigrationId).ConfigureAwait(false) is not { IsExecuting: true } migration || migration.Phase != message.Phase)
            return;
        var watched = migration.Moves.Values
            .Where(m => m.Status is MoveStatus.Launched or MoveStatus.Migrated && m.Current?.ReplacementId is not null)
            .ToDictionary(m => m.Current!.ReplacementId!, StringComparer.Ordinal);
        var found = (await cloud.DescribeAsync([.. watched.Keys], context.CancellationToken).ConfigureAwait(false)).ToDictionary(i => i.InstanceId, StringComparer.Ordinal);
        await Parallel.ForEachAsync(watched.Values, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = context.CancellationToken }, async (move, token) =>
        {
            var replacementId = move.Current!.ReplacementId!;
            if (await LostAsync(move, found.GetValueOrDefault(replacementId), token).ConfigureAwait(false) is var (terminatesAt, evidence))
                await commands.ExecuteAsync(context, AgentNames.Resource, $"interrupted/{replacementId}",
                    new ReportInterruption(migration.Id, move.InstanceId, replacementId, terminatesAt, evidence)).ConfigureAwait(false);
        }).ConfigureAwait(false);
        await AgentCommands.LaterAsync(context, migration.Policy.WatchInterval, message).ConfigureAwait(false);
    }

    /// <summary>When the replacement goes or that it is gone, and how one knows; null while it runs on.</summary>
    async Task<(DateTimeOffset? TerminatesAt, string Evidence)?> LostAsync(Move move, FleetInstance? replacement, CancellationToken cancellationToken)
    {
        if (replacement is null)
            // one that was just launched may not be visible yet
            return move.Status is MoveStatus.Migrated ? (null, $"{move.Current!.ReplacementId} is not known to the cloud any more") : null;
        if (replacement.State is "shutting-down" or "terminated" or "stopping" or "stopped")
            return (null, $"{replacement.InstanceId} is {replacement.State}");
        if (replacement.State is not "running")
            return null;
        var reading = await metrics.ReadAsync(replacement, cancellationToken).ConfigureAwait(false);
        return !reading.TerminationImminent ? null
            : reading.TerminatesIn is { } left
                ? (clock.GetUtcNow() + left, $"interruption notice on the metrics page of {reading.InstanceId}, {left.TotalSeconds:0} s left")
                : (null, $"interruption notice on the metrics page of {reading.InstanceId}");
    }
}
