using MassTransit;
using OptiInfra.Agents.Clouds;
using OptiInfra.Agents.Collectors;
using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Agents.Cost;

/// <summary>Go on with a rollback that could not finish.</summary>
public sealed record ContinueRollback(Guid MigrationId);

/// <summary>
/// Brings back what was moved, newest first: traffic to the old instance, then the replacement away; at the end compares
/// the fleet with the one that was analysed.
/// </summary>
public sealed class MigrationRollback(AgentCommands commands, ICloud cloud, IInstanceMetrics metrics) : IConsumer<RollbackStarted>, IConsumer<ContinueRollback>
{
    static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(15);

    public Task Consume(ConsumeContext<RollbackStarted> context) =>
        commands.WithCloudAsync(context, AgentNames.Cost, context.Message.MigrationId, () => RollBackAsync(context, context.Message.MigrationId));

    public Task Consume(ConsumeContext<ContinueRollback> context) =>
        commands.WithCloudAsync(context, AgentNames.Cost, context.Message.MigrationId, () => RollBackAsync(context, context.Message.MigrationId));

    async Task RollBackAsync(ConsumeContext context, Guid migrationId)
    {
        if (await commands.LoadAsync(context, migrationId).ConfigureAwait(false) is not { Status: MigrationStatus.RollingBack } migration)
            return;
        var unfinished = false;
        foreach (var instanceId in migration.RollingBack.Where(id => migration.Moves[id].Status is not MoveStatus.RolledBack))
        {
            try
            {
                unfinished |= !await RollBackOneAsync(context, migration, instanceId).ConfigureAwait(false);
            }
            catch (CloudRefusedException e)
            {
                // the others must not wait for this one
                unfinished = true;
                await commands.ExecuteOnceAsync(context, AgentNames.Cost, $"rollback/{instanceId}", new ReportAttentionNeeded(migrationId, "rollback", e.Message)).ConfigureAwait(false);
            }
        }

        if (unfinished)
        {
            await AgentCommands.LaterAsync(context, RetryInterval, new ContinueRollback(migrationId)).ConfigureAwait(false);
            return;
        }

        var differences = await DifferencesAsync(migration, context.CancellationToken).ConfigureAwait(false);
        await commands.ExecuteAsync(context, AgentNames.Cost, "conclude", new ConcludeRollback(migrationId, differences)).ConfigureAwait(false);
    }

    /// <returns>False when something has to be waited for.</returns>
    async Task<bool> RollBackOneAsync(ConsumeContext context, SpotMigration migration, string instanceId)
    {
        var token = context.CancellationToken;
        var serving = await ServingAgainAsync(migration, instanceId, token).ConfigureAwait(false);
        if (serving is null)
            return false;
        await cloud.TagAsync(serving, FleetTags.Serving, "true", token).ConfigureAwait(false);
        var replacements = await ReplacementsAsync(migration, instanceId, token).ConfigureAwait(false);
        foreach (var replacement in replacements.Where(r => r.InstanceId != serving && IsAlive(r)))
        {
            await cloud.TagAsync(replacement.InstanceId, FleetTags.Serving, "false", token).ConfigureAwait(false);
            await cloud.TerminateAsync(replacement.InstanceId, token).ConfigureAwait(false);
        }

        await commands.ExecuteAsync(context, AgentNames.Cost, $"rolled-back/{instanceId}", new RecordInstanceRolledBack(migration.Id, instanceId,
            [.. replacements.Select(r => r.InstanceId).Where(id => id != serving).Order(StringComparer.Ordinal)], serving)).ConfigureAwait(false);
        return true;
    }

    /// <summary>The old instance, or, when it died by itself, an on-demand one launched in its place; null while that one is not ready.</summary>
    async Task<string?> ServingAgainAsync(SpotMigration migration, string instanceId, CancellationToken cancellationToken)
    {
        var old = (await cloud.DescribeAsync([instanceId], cancellationToken).ConfigureAwait(false)).FirstOrDefault();
        if (old is { State: "running" })
            return instanceId;
        var model = migration.Observation!.Instances.First(i => i.Instance.InstanceId == instanceId).Instance;
        var pool = new CapacityPool(CapacityType.OnDemand, model.InstanceType, model.AvailabilityZone);
        var tags = new Dictionary<string, string>(model.Tags.Where(t => !t.Key.StartsWith("aws:", StringComparison.Ordinal)), StringComparer.Ordinal) { [FleetTags.Replaces] = instanceId, [FleetTags.Serving] = "false" };
        var result = await cloud.LaunchAsync(new LaunchRequest(model, pool, model.SubnetId, ClientToken.For(migration.Id, instanceId, 0, pool), tags), cancellationToken).ConfigureAwait(false);
        if (result is not LaunchResult.Launched launched)
            throw new CloudRefusedException("restore_failed", $"{instanceId} is {old?.State ?? "gone"} and no on-demand instance could be launched in its place ({result}); its replacement keeps serving.");
        var restored = (await cloud.DescribeAsync([launched.InstanceId], cancellationToken).ConfigureAwait(false)).FirstOrDefault();
        return restored is { State: "running" } && await metrics.IsHealthyAsync(restored, cancellationToken).ConfigureAwait(false) ? launched.InstanceId : null;
    }

    /// <summary>Everything that was launched for an instance, also what died before it could be recorded.</summary>
    async Task<IReadOnlyList<FleetInstance>> ReplacementsAsync(SpotMigration migration, string instanceId, CancellationToken cancellationToken)
    {
        var found = (await cloud.FindByTagAsync(FleetTags.Migration, migration.Id.ToString(), cancellationToken).ConfigureAwait(false))
            .Where(i => i.Tag(FleetTags.Replaces) == instanceId).ToDictionary(i => i.InstanceId, StringComparer.Ordinal);
        foreach (var attempt in migration.Moves[instanceId].Attempts)
        {
            foreach (var launched in await cloud.FindByClientTokenAsync(attempt.ClientToken, cancellationToken).ConfigureAwait(false))
                found[launched.InstanceId] = launched;
        }

        return [.. found.Values];
    }

    async Task<IReadOnlyList<string>> DifferencesAsync(SpotMigration migration, CancellationToken cancellationToken)
    {
        var before = migration.Observation!.Instances.Select(i => i.Instance).Where(i => migration.Moves.ContainsKey(i.InstanceId)).ToList();
        var now = (await cloud.DescribeAsync([.. before.Select(i => i.InstanceId)], cancellationToken).ConfigureAwait(false)).ToDictionary(i => i.InstanceId, StringComparer.Ordinal);
        var launched = await cloud.FindByTagAsync(FleetTags.Migration, migration.Id.ToString(), cancellationToken).ConfigureAwait(false);
        return [.. FleetComparison.Differences(before, now, [.. launched.Where(IsAlive)])];
    }

    static bool IsAlive(FleetInstance instance) => instance.State is not ("shutting-down" or "terminated");
}
