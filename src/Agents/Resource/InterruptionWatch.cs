using MassTransit;
using OptiInfra.Agents.Clouds;
using OptiInfra.Agents.Collectors;
using OptiInfra.Commands.SpotMigrations;
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
    public async Task Consume(ConsumeContext<PhaseStarted> context)
    {
        if (await commands.LoadAsync(context, context.Message.MigrationId).ConfigureAwait(false) is { IsExecuting: true } migration)
            await AgentCommands.LaterAsync(context, migration.Policy.WatchInterval, new WatchReplacements(migration.Id, context.Message.Phase)).ConfigureAwait(false);
    }

    public async Task Consume(ConsumeContext<WatchReplacements> context)
    {
        var message = context.Message;
        // each phase has a watch of its own; the former one's ends here
        if (await commands.LoadAsync(context, message.MigrationId).ConfigureAwait(false) is not { IsExecuting: true } migration || migration.Phase != message.Phase)
            return;
        var watched = migration.Moves.Values
            .Where(m => m.Status is MoveStatus.Launched or MoveStatus.Migrated && m.Current?.ReplacementId is not null)
            .ToDictionary(m => m.Current!.ReplacementId!, StringComparer.Ordinal);
        var found = await cloud.DescribeAsync([.. watched.Keys], context.CancellationToken).ConfigureAwait(false);
        await Parallel.ForEachAsync(found, new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = context.CancellationToken }, async (replacement, token) =>
        {
            var (interrupted, terminatesAt, evidence) = replacement.State is "shutting-down" or "terminated" or "stopping" or "stopped"
                ? (true, null, $"{replacement.InstanceId} is {replacement.State}")
                : replacement.State is "running" ? Notice(await metrics.ReadAsync(replacement, token).ConfigureAwait(false)) : (false, null, "");
            if (interrupted)
                await commands.ExecuteAsync(context, AgentNames.Resource, $"interrupted/{replacement.InstanceId}",
                    new ReportInterruption(migration.Id, watched[replacement.InstanceId].InstanceId, replacement.InstanceId, terminatesAt, evidence)).ConfigureAwait(false);
        }).ConfigureAwait(false);
        await AgentCommands.LaterAsync(context, migration.Policy.WatchInterval, message).ConfigureAwait(false);
    }

    (bool, DateTimeOffset?, string) Notice(InstanceReading reading) => reading.TerminationImminent
        ? (true, reading.TerminatesIn is { } left ? clock.GetUtcNow() + left : null, $"interruption notice on the metrics page of {reading.InstanceId}{(reading.TerminatesIn is { } l ? $", {l.TotalSeconds:0} s left" : "")}")
        : (false, null, "");
}
