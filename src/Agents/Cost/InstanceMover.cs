using System.Globalization;
using MassTransit;
using OptiInfra.Agents.Clouds;
using OptiInfra.Agents.Collectors;
using OptiInfra.Commands;
using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Agents.Cost;

/// <summary>Look at a replacement again.</summary>
public sealed record CheckReplacement(Guid MigrationId, string InstanceId, int Attempt);

/// <summary>
/// Moves instances: intent, launch, wait until healthy, traffic over. Every step reads the migration first, so a message
/// that comes again, or too late, finds what was done. What was launched and may not be kept is terminated at once.
/// </summary>
public sealed class InstanceMover(AgentCommands commands, ICloud cloud, IInstanceMetrics metrics, TimeProvider clock) :
    IConsumer<PhaseStarted>, IConsumer<InstanceMigrationStarted>, IConsumer<ReplacementLaunched>, IConsumer<CheckReplacement>, IConsumer<InstanceInterrupted>
{
    static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(5);

    public Task Consume(ConsumeContext<PhaseStarted> context) => commands.WithCloudAsync(context, AgentNames.Cost, context.Message.MigrationId, () => HandleAsync(context));

    async Task HandleAsync(ConsumeContext<PhaseStarted> context)
    {
        if (await commands.LoadAsync(context, context.Message.MigrationId).ConfigureAwait(false) is not { IsExecuting: true } migration)
            return;
        var prices = await CurrentPricesAsync(migration, context.Message.InstanceIds, context.CancellationToken).ConfigureAwait(false);
        foreach (var instanceId in context.Message.InstanceIds)
        {
            if (migration.Moves[instanceId] is { Status: MoveStatus.Waiting, Attempts.Count: 0 })
                await StartAttemptAsync(context, migration, instanceId, prices).ConfigureAwait(false);
        }
    }

    public Task Consume(ConsumeContext<InstanceMigrationStarted> context) => commands.WithCloudAsync(context, AgentNames.Cost, context.Message.MigrationId, () => HandleAsync(context));

    async Task HandleAsync(ConsumeContext<InstanceMigrationStarted> context)
    {
        var m = context.Message;
        if (await commands.LoadAsync(context, m.MigrationId).ConfigureAwait(false) is not { } migration)
            return;
        if (!migration.IsExecuting)
        {
            // an earlier delivery may have launched and died before it could say so; if it did say so, the instance is in use
            foreach (var launched in await cloud.FindByClientTokenAsync(m.ClientToken, context.CancellationToken).ConfigureAwait(false))
            {
                if (migration.Moves[m.InstanceId].Current?.ReplacementId != launched.InstanceId)
                    await cloud.TerminateAsync(launched.InstanceId, context.CancellationToken).ConfigureAwait(false);
            }

            return;
        }

        var move = migration.Moves[m.InstanceId];
        if (await GoOnAfterFailureAsync(context, migration, move, m.Attempt).ConfigureAwait(false) || move.Status is not MoveStatus.Starting || move.Current!.Number != m.Attempt)
            return;
        var model = migration.Observation!.Instances.First(i => i.Instance.InstanceId == m.InstanceId).Instance;
        var result = await cloud.LaunchAsync(Launch(migration, model, m.Pool, m.ClientToken), context.CancellationToken).ConfigureAwait(false);
        switch (result)
        {
            case LaunchResult.Launched launched:
                var kept = await commands.ExecuteAsync(context, AgentNames.Cost, "launched", new RecordReplacementLaunched(m.MigrationId, m.InstanceId, m.Attempt, launched.InstanceId)).ConfigureAwait(false);
                if (kept is CommandOutcome.Refused)
                    await cloud.TerminateAsync(launched.InstanceId, context.CancellationToken).ConfigureAwait(false);
                break;
            case LaunchResult.QuotaReached quota:
                await FailAttemptAsync(context, m.MigrationId, m.InstanceId, m.Attempt, null, quota.Code, quota.Message).ConfigureAwait(false);
                await commands.ExecuteAsync(context, AgentNames.Cost, "quota", GiveUp(move, m.MigrationId, m.InstanceId,
                    $"The account's quota is reached ({quota.Code}: {quota.Message}); ask for a higher one and migrate again.")).ConfigureAwait(false);
                break;
            case LaunchResult.NoCapacity none:
                await NextAttemptAsync(context, m.MigrationId, m.InstanceId, m.Attempt, null, none.Code, none.Message).ConfigureAwait(false);
                break;
            case LaunchResult.AlreadyTerminated gone:
                await NextAttemptAsync(context, m.MigrationId, m.InstanceId, m.Attempt, null, "IdempotentInstanceTerminated", gone.Message).ConfigureAwait(false);
                break;
            case LaunchResult.Refused refused:
                await NextAttemptAsync(context, m.MigrationId, m.InstanceId, m.Attempt, null, refused.Code, refused.Message).ConfigureAwait(false);
                break;
        }
    }

    public Task Consume(ConsumeContext<ReplacementLaunched> context) =>
        AgentCommands.LaterAsync(context, CheckInterval, new CheckReplacement(context.Message.MigrationId, context.Message.InstanceId, context.Message.Attempt));

    public Task Consume(ConsumeContext<CheckReplacement> context) => commands.WithCloudAsync(context, AgentNames.Cost, context.Message.MigrationId, () => HandleAsync(context));

    async Task HandleAsync(ConsumeContext<CheckReplacement> context)
    {
        var (migrationId, instanceId, number) = context.Message;
        if (await commands.LoadAsync(context, migrationId).ConfigureAwait(false) is not { IsExecuting: true } migration
            || await GoOnAfterFailureAsync(context, migration, migration.Moves[instanceId], number).ConfigureAwait(false)
            || migration.Moves[instanceId] is not { Status: MoveStatus.Launched, Current: { ReplacementId: { } replacementId } attempt } || attempt.Number != number)
            return;

        var replacement = (await cloud.DescribeAsync([replacementId], context.CancellationToken).ConfigureAwait(false)).FirstOrDefault();
        if (replacement?.State is "shutting-down" or "terminated" or "stopping" or "stopped")
        {
            await NextAttemptAsync(context, migrationId, instanceId, number, replacementId, "replacement_lost", $"{replacementId} is {replacement.State} before it took over.").ConfigureAwait(false);
        }
        else if (replacement is { State: "running" } && await IsReadyAsync(replacement, context.CancellationToken).ConfigureAwait(false))
        {
            // the one that takes over first serves beside the other: at no moment does neither
            await cloud.TagAsync(replacementId, FleetTags.Serving, "true", context.CancellationToken).ConfigureAwait(false);
            await cloud.TagAsync(instanceId, FleetTags.Serving, "false", context.CancellationToken).ConfigureAwait(false);
            var outcome = await commands.ExecuteAsync(context, AgentNames.Cost, "migrated", new RecordInstanceMigrated(migrationId, instanceId, number, replacementId)).ConfigureAwait(false);
            // the rollback may have begun in between, and given the traffic back before it was taken
            if (outcome is CommandOutcome.Refused)
                await ReturnTrafficAsync(instanceId, replacementId, context.CancellationToken).ConfigureAwait(false);
        }
        else if (clock.GetUtcNow() - attempt.StartedAt > migration.Policy.LaunchTimeout)
        {
            await cloud.TerminateAsync(replacementId, context.CancellationToken).ConfigureAwait(false);
            await NextAttemptAsync(context, migrationId, instanceId, number, replacementId, "not_healthy",
                string.Create(CultureInfo.InvariantCulture, $"{replacementId} was not healthy {migration.Policy.LaunchTimeout} after its launch (state {replacement?.State ?? "unknown"}).")).ConfigureAwait(false);
        }
        else
        {
            await AgentCommands.LaterAsync(context, CheckInterval, context.Message).ConfigureAwait(false);
        }
    }

    public Task Consume(ConsumeContext<InstanceInterrupted> context) => commands.WithCloudAsync(context, AgentNames.Cost, context.Message.MigrationId, () => HandleAsync(context));

    async Task HandleAsync(ConsumeContext<InstanceInterrupted> context)
    {
        var m = context.Message;
        if (await commands.LoadAsync(context, m.MigrationId).ConfigureAwait(false) is not { IsExecuting: true } migration
            || migration.Moves[m.InstanceId] is not { Status: MoveStatus.Interrupted })
            return;
        await ReturnTrafficAsync(m.InstanceId, m.ReplacementId, context.CancellationToken).ConfigureAwait(false);
        var prices = await CurrentPricesAsync(migration, [m.InstanceId], context.CancellationToken).ConfigureAwait(false);
        await StartAttemptAsync(context, migration, m.InstanceId, prices).ConfigureAwait(false);
    }

    async Task NextAttemptAsync(ConsumeContext context, Guid migrationId, string instanceId, int attempt, string? replacementId, string code, string reason)
    {
        await FailAttemptAsync(context, migrationId, instanceId, attempt, replacementId, code, reason).ConfigureAwait(false);
        if (await commands.LoadAsync(context, migrationId).ConfigureAwait(false) is not { IsExecuting: true } migration
            || migration.Moves[instanceId] is not { Status: MoveStatus.Waiting })
            return;
        var prices = await CurrentPricesAsync(migration, [instanceId], context.CancellationToken).ConfigureAwait(false);
        await StartAttemptAsync(context, migration, instanceId, prices).ConfigureAwait(false);
    }

    /// <summary>An earlier delivery may have recorded the failure and died before it chose the next pool.</summary>
    async Task<bool> GoOnAfterFailureAsync(ConsumeContext context, SpotMigration migration, Move move, int attempt)
    {
        if (move is not { Status: MoveStatus.Waiting } || move.Current?.Number != attempt)
            return false;
        var prices = await CurrentPricesAsync(migration, [move.InstanceId], context.CancellationToken).ConfigureAwait(false);
        await StartAttemptAsync(context, migration, move.InstanceId, prices).ConfigureAwait(false);
        return true;
    }

    Task FailAttemptAsync(ConsumeContext context, Guid migrationId, string instanceId, int attempt, string? replacementId, string code, string reason) =>
        commands.ExecuteAsync(context, AgentNames.Cost, "attempt-failed", new RecordLaunchFailed(migrationId, instanceId, attempt, replacementId, code, reason));

    async Task StartAttemptAsync(ConsumeContext context, SpotMigration migration, string instanceId, IReadOnlyDictionary<CapacityPool, decimal> prices)
    {
        var move = migration.Moves[instanceId];
        var (pool, hourlyUsd, reason) = PoolChoice.Next(migration, instanceId, cloud.IsCoolingDown, prices);
        ISpotMigrationCommand command = pool is null
            ? GiveUp(move, migration.Id, instanceId, reason)
            : new StartInstanceMigration(migration.Id, instanceId, move.Attempts.Count + 1, pool, hourlyUsd);
        var outcome = await commands.ExecuteAsync(context, AgentNames.Cost, $"start/{instanceId}", command).ConfigureAwait(false);
        // what the write model does not allow now, waiting does not mend
        if (outcome is CommandOutcome.Refused refused && command is StartInstanceMigration)
            await commands.ExecuteAsync(context, AgentNames.Cost, $"give-up/{instanceId}", GiveUp(move, migration.Id, instanceId, refused.Reason)).ConfigureAwait(false);
    }

    /// <summary>An instance that had moved once returns to its old machine; one that never moved has failed to.</summary>
    static ISpotMigrationCommand GiveUp(Move move, Guid migrationId, string instanceId, string reason) =>
        move.Attempts.Any(a => a.MigratedAt is not null)
            ? new ReturnToOnDemand(migrationId, instanceId, reason)
            : new FailInstanceMigration(migrationId, instanceId, reason);

    Task<IReadOnlyDictionary<CapacityPool, decimal>> CurrentPricesAsync(SpotMigration migration, IEnumerable<string> instanceIds, CancellationToken cancellationToken) =>
        CurrentPrices.ReadAsync(
            cloud, [.. instanceIds.SelectMany(id => migration.Planned(id)!.Candidates).Select(c => c.Pool.InstanceType).Distinct(StringComparer.Ordinal)], clock.GetUtcNow(), cancellationToken);

    static LaunchRequest Launch(SpotMigration migration, FleetInstance model, CapacityPool pool, string clientToken)
    {
        var tags = new Dictionary<string, string>(model.Tags.Where(t => !t.Key.StartsWith("aws:", StringComparison.Ordinal)), StringComparer.Ordinal)
        {
            [FleetTags.Replaces] = model.InstanceId,
            [FleetTags.Migration] = migration.Id.ToString(),
            // no traffic before it is healthy
            [FleetTags.Serving] = "false",
        };
        // in another zone the replacement goes where the fleet already has a subnet
        var subnet = pool.AvailabilityZone == model.AvailabilityZone ? model.SubnetId
            : migration.Observation!.Instances.Select(i => i.Instance).FirstOrDefault(i => i.AvailabilityZone == pool.AvailabilityZone && i.SubnetId is not null)?.SubnetId;
        return new LaunchRequest(model, pool, subnet, clientToken, tags);
    }

    async Task<bool> IsReadyAsync(FleetInstance replacement, CancellationToken cancellationToken) =>
        (await cloud.PassingStatusChecksAsync([replacement.InstanceId], cancellationToken).ConfigureAwait(false)).Contains(replacement.InstanceId)
        && await metrics.IsHealthyAsync(replacement, cancellationToken).ConfigureAwait(false);

    /// <summary>The old instance serves again before the replacement stops; either may be gone by now.</summary>
    async Task ReturnTrafficAsync(string instanceId, string replacementId, CancellationToken cancellationToken)
    {
        await cloud.TagAsync(instanceId, FleetTags.Serving, "true", cancellationToken).ConfigureAwait(false);
        await cloud.TagAsync(replacementId, FleetTags.Serving, "false", cancellationToken).ConfigureAwait(false);
    }
}
