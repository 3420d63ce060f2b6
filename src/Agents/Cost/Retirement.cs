using MassTransit;
using OptiInfra.Agents.Clouds;
using OptiInfra.Agents.Collectors;
using OptiInfra.Agents.Prices;
using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Agents.Cost;

/// <summary>Go on with a retirement that could not finish.</summary>
public sealed record ContinueRetirement(Guid MigrationId);

/// <summary>Terminates the old instances after the last gate, each only while its replacement is running and healthy.</summary>
public sealed class Retirement(AgentCommands commands, ICloud cloud, IInstanceMetrics metrics, TimeProvider clock) : IConsumer<RetirementStarted>, IConsumer<ContinueRetirement>
{
    static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(15);

    public Task Consume(ConsumeContext<RetirementStarted> context) =>
        commands.WithCloudAsync(context, AgentNames.Cost, context.Message.MigrationId, () => RetireAsync(context, context.Message.MigrationId));

    public Task Consume(ConsumeContext<ContinueRetirement> context) =>
        commands.WithCloudAsync(context, AgentNames.Cost, context.Message.MigrationId, () => RetireAsync(context, context.Message.MigrationId));

    async Task RetireAsync(ConsumeContext context, Guid migrationId)
    {
        if (await commands.LoadAsync(context, migrationId).ConfigureAwait(false) is not { Stage: PhaseStage.Retiring, IsOver: false } migration)
            return;
        await SweepAsync(context, migration).ConfigureAwait(false);
        var unfinished = false;
        foreach (var move in migration.Moves.Values.Where(m => m.Status is MoveStatus.Migrated).OrderBy(m => m.MigratedOrder))
            unfinished |= !await RetireOneAsync(context, migration, move).ConfigureAwait(false);
        if (unfinished)
            await AgentCommands.LaterAsync(context, RetryInterval, new ContinueRetirement(migrationId)).ConfigureAwait(false);
    }

    /// <summary>Terminates what the migration launched and does not use: interrupted replacements that the cloud left running, attempts given up.</summary>
    async Task SweepAsync(ConsumeContext context, SpotMigration migration)
    {
        var used = migration.Moves.Values.Where(m => m.Status is MoveStatus.Migrated or MoveStatus.Retired).Select(m => m.Current!.ReplacementId).ToHashSet(StringComparer.Ordinal);
        foreach (var left in await cloud.FindByTagAsync(FleetTags.Migration, migration.Id.ToString(), context.CancellationToken).ConfigureAwait(false))
        {
            if (left.State is "shutting-down" or "terminated" || used.Contains(left.InstanceId))
                continue;
            try
            {
                await cloud.TerminateAsync(left.InstanceId, context.CancellationToken).ConfigureAwait(false);
            }
            catch (CloudRefusedException e)
            {
                await commands.ExecuteOnceAsync(context, AgentNames.Cost, $"leftover/{left.InstanceId}", new ReportAttentionNeeded(migration.Id, "retirement", e.Message)).ConfigureAwait(false);
            }
        }
    }

    /// <returns>False when something has to be waited for.</returns>
    async Task<bool> RetireOneAsync(ConsumeContext context, SpotMigration migration, Move move)
    {
        var token = context.CancellationToken;
        var attempt = move.Current!;
        var replacement = (await cloud.DescribeAsync([attempt.ReplacementId!], token).ConfigureAwait(false)).FirstOrDefault();
        if (replacement is not { State: "running" or "pending" })
        {
            // taken back after the last gate: the old instance is still there, and serves again
            await cloud.TagAsync(move.InstanceId, FleetTags.Serving, "true", token).ConfigureAwait(false);
            await commands.ExecuteAsync(context, AgentNames.Cost, $"returned/{move.InstanceId}",
                new ReturnToOnDemand(migration.Id, move.InstanceId, $"{attempt.ReplacementId} is {replacement?.State ?? "gone"}; its old instance was not retired.")).ConfigureAwait(false);
            return true;
        }

        if (!await metrics.IsHealthyAsync(replacement, token).ConfigureAwait(false))
        {
            await commands.ExecuteOnceAsync(context, AgentNames.Cost, $"unhealthy/{replacement.InstanceId}", new ReportAttentionNeeded(migration.Id, "retirement",
                $"{replacement.InstanceId} does not answer as healthy; {move.InstanceId} stays until it does.")).ConfigureAwait(false);
            return false;
        }

        try
        {
            await cloud.TerminateAsync(move.InstanceId, token).ConfigureAwait(false);
        }
        catch (CloudRefusedException e)
        {
            await commands.ExecuteOnceAsync(context, AgentNames.Cost, $"retirement/{move.InstanceId}", new ReportAttentionNeeded(migration.Id, "retirement", e.Message)).ConfigureAwait(false);
            return false;
        }

        var paid = await PaidAsync(attempt, token).ConfigureAwait(false);
        await commands.ExecuteAsync(context, AgentNames.Cost, $"retired/{move.InstanceId}", new RecordInstanceRetired(migration.Id, move.InstanceId, attempt.ReplacementId!, paid)).ConfigureAwait(false);
        return true;
    }

    /// <summary>What the replacement has cost per hour since its launch, weighted by time.</summary>
    async Task<decimal> PaidAsync(Attempt attempt, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var points = new List<SpotPricePoint>();
        await foreach (var point in cloud.SpotPricesAsync([attempt.Pool.InstanceType], attempt.StartedAt, now, cancellationToken).ConfigureAwait(false))
        {
            if (point.AvailabilityZone == attempt.Pool.AvailabilityZone)
                points.Add(point);
        }

        return TimeWeightedPrice.Of(points, attempt.StartedAt, now)?.MeanHourlyUsd ?? attempt.HourlyUsd;
    }
}
