using MassTransit;
using OptiInfra.Agents.Clouds;
using OptiInfra.Agents.Endpoints;
using OptiInfra.Commands.LiveMigrations;
using OptiInfra.Contracts.LiveMigrations;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Agents.Training;

/// <summary>Ask for the checkpoint before a move again.</summary>
public sealed record CheckCheckpoint(Guid JobId, int Number);

/// <summary>Look at a switch of the endpoint again.</summary>
public sealed record CheckEndpoint(Guid JobId, int Epoch);

/// <summary>Try a takeover again.</summary>
public sealed record CheckTakeOver(Guid JobId, int Epoch);

/// <summary>From one trainer to the next: checkpoint before the move, endpoint, takeover.</summary>
public sealed class TrainerHandover(JobCommands commands, ICloud cloud, ITrainers trainers, IJobEndpoint endpoint, TimeProvider clock) :
    IConsumer<MigrationTriggered>, IConsumer<CheckCheckpoint>, IConsumer<EndpointSwitchRequested>, IConsumer<CheckEndpoint>, IConsumer<TakeOverRequested>, IConsumer<CheckTakeOver>
{
    static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(2);

    public Task Consume(ConsumeContext<MigrationTriggered> context) => CheckpointAsync(context, new CheckCheckpoint(context.Message.JobId, context.Message.Number));

    public Task Consume(ConsumeContext<CheckCheckpoint> context) => CheckpointAsync(context, context.Message);

    /// <summary>What stands in the way for a moment is tried again until the saga's patience ends.</summary>
    async Task CheckpointAsync(ConsumeContext context, CheckCheckpoint m)
    {
        if (await commands.LoadAsync(context, m.JobId).ConfigureAwait(false) is not { IsLive: true, Changeover: { AwaitsCheckpoint: true } changeover, Working: { Address: { } address } working } job || changeover.Number != m.Number)
            return;
        var token = await commands.TokenAsync(context, m.JobId).ConfigureAwait(false);
        var saved = await trainers.CheckpointAsync(address, token, context.CancellationToken).ConfigureAwait(false);
        if (saved.Value is { } checkpoint)
            await commands.ExecuteAsync(context, AgentNames.Training, "checkpoint", new RecordRequestedCheckpoint(m.JobId, working.Epoch, checkpoint, job.Iterations)).ConfigureAwait(false);
        else if (saved.IsFinal)
            await commands.ExecuteAsync(context, AgentNames.Training, "checkpoint", new RecordCheckpointRefused(m.JobId, working.Epoch, saved.Problem!)).ConfigureAwait(false);
        else
            await AgentCommands.LaterAsync(context, RetryInterval, m).ConfigureAwait(false);
    }

    public Task Consume(ConsumeContext<EndpointSwitchRequested> context) => commands.WithCloudAsync(context, context.Message.JobId, () => SwitchAsync(context, context.Message.JobId, context.Message.Epoch));

    public Task Consume(ConsumeContext<CheckEndpoint> context) => commands.WithCloudAsync(context, context.Message.JobId, () => SwitchAsync(context, context.Message.JobId, context.Message.Epoch));

    async Task SwitchAsync(ConsumeContext context, Guid jobId, int epoch)
    {
        if (await commands.LoadAsync(context, jobId).ConfigureAwait(false) is not { IsLive: true } job || job.SwitchingTo != epoch || job.OfEpoch(epoch) is not { Address: { } address } trainer)
            return;
        var state = await endpoint.LeadToAsync(JobCommands.Tenant(context), jobId, epoch, address, context.CancellationToken).ConfigureAwait(false);
        if (state.Switched)
            await commands.ExecuteAsync(context, AgentNames.Training, "switched", new RecordEndpointSwitched(jobId, epoch, address)).ConfigureAwait(false);
        else if (state.Problem is not null && await GoneAsync(trainer, context.CancellationToken).ConfigureAwait(false) is { } evidence)
            await commands.ExecuteAsync(context, AgentNames.Training, "lost", new ReportTrainerLost(jobId, epoch, Gone: true, 0, evidence)).ConfigureAwait(false);
        else
            await AgentCommands.LaterAsync(context, JobCommands.PauseAfter(clock.GetUtcNow() - (trainer.ReadyAt ?? trainer.StartedAt), RetryInterval), new CheckEndpoint(jobId, epoch)).ConfigureAwait(false);
    }

    public Task Consume(ConsumeContext<TakeOverRequested> context) => commands.WithCloudAsync(context, context.Message.JobId, () => TakeOverAsync(context, context.Message.JobId, context.Message.Epoch));

    public Task Consume(ConsumeContext<CheckTakeOver> context) => commands.WithCloudAsync(context, context.Message.JobId, () => TakeOverAsync(context, context.Message.JobId, context.Message.Epoch));

    /// <summary>
    /// The old trainer saves what it has, if it still can; then the new one takes over, which fences every trainer before it. A
    /// takeover whose answer was lost is asked for again and says so.
    /// </summary>
    async Task TakeOverAsync(ConsumeContext context, Guid jobId, int epoch)
    {
        if (await commands.LoadAsync(context, jobId).ConfigureAwait(false) is not { IsLive: true } job || job.TakingOver != epoch || job.Coming is not { Address: { } address } coming)
            return;
        var token = await commands.TokenAsync(context, jobId).ConfigureAwait(false);
        var finalStep = 0;
        if (job.Working is { Address: { } oldAddress })
        {
            await trainers.CheckpointAsync(oldAddress, token, context.CancellationToken).ConfigureAwait(false);
            finalStep = (await trainers.HealthAsync(oldAddress, context.CancellationToken).ConfigureAwait(false)).Value?.Step ?? 0;
        }

        var answer = await trainers.PromoteAsync(address, token, context.CancellationToken).ConfigureAwait(false);
        if (answer.Value is { } report)
            await commands.ExecuteAsync(context, AgentNames.Training, "taken-over", new RecordTakeOver(jobId, epoch, report, finalStep)).ConfigureAwait(false);
        else if (answer.IsFinal)
            await commands.ExecuteAsync(context, AgentNames.Training, "not-taken-over", new RecordTakeOverFailed(jobId, epoch, answer.Problem!)).ConfigureAwait(false);
        else if (await GoneAsync(coming, context.CancellationToken).ConfigureAwait(false) is { } evidence)
            await commands.ExecuteAsync(context, AgentNames.Training, "not-taken-over", new RecordTakeOverFailed(jobId, epoch, evidence)).ConfigureAwait(false);
        else
            await AgentCommands.LaterAsync(context, RetryInterval, new CheckTakeOver(jobId, epoch)).ConfigureAwait(false);
    }

    /// <summary>How one knows that a trainer's instance is gone; null where it is not.</summary>
    async Task<string?> GoneAsync(Trainer trainer, CancellationToken cancellationToken)
    {
        var instance = (await cloud.DescribeAsync([trainer.InstanceId!], cancellationToken).ConfigureAwait(false)).FirstOrDefault();
        return instance is null ? $"{trainer.InstanceId} is not known to the cloud any more."
            : instance.State is "running" or "pending" ? null
            : $"{trainer.InstanceId} is {instance.State}.";
    }
}
