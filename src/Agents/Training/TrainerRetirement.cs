using System.Globalization;
using MassTransit;
using OptiInfra.Agents.Clouds;
using OptiInfra.Agents.Endpoints;
using OptiInfra.Commands.LiveMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.LiveMigrations;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Agents.Training;

/// <summary>Go on with taking a trainer away.</summary>
public sealed record RetireTrainer(Guid JobId, int Epoch, DateTimeOffset Since);

/// <summary>Takes away the instances of trainers that are not needed any more: drained, terminated, and seen to be gone.</summary>
public sealed class TrainerRetirement(JobCommands commands, TrainerInstances instances, IJobEndpoint endpoint, TimeProvider clock) :
    IConsumer<ProvisioningFailed>, IConsumer<TrainerFenced>, IConsumer<TrainerLost>, IConsumer<TrainingFinished>, IConsumer<JobStopped>, IConsumer<RetireTrainer>
{
    static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(5);
    /// <summary>Requests that have not ended by then are cut off.</summary>
    static readonly TimeSpan DrainWithin = TimeSpan.FromMinutes(1);

    public Task Consume(ConsumeContext<ProvisioningFailed> context) => BeginAsync(context, context.Message.JobId);

    public Task Consume(ConsumeContext<TrainerFenced> context) => BeginAsync(context, context.Message.JobId);

    public Task Consume(ConsumeContext<TrainerLost> context) => BeginAsync(context, context.Message.JobId);

    public Task Consume(ConsumeContext<TrainingFinished> context) => BeginAsync(context, context.Message.JobId);

    public Task Consume(ConsumeContext<JobStopped> context) => BeginAsync(context, context.Message.JobId);

    Task BeginAsync<T>(ConsumeContext<T> context, Guid jobId) where T : class => commands.WithCloudAsync(context, jobId, () => RetireAllAsync(context, jobId));

    async Task RetireAllAsync(ConsumeContext context, Guid jobId)
    {
        if (await commands.LoadAsync(context, jobId).ConfigureAwait(false) is not { } job)
            return;
        if (!job.IsLive)
            await endpoint.CloseAsync(JobCommands.Tenant(context), jobId, context.CancellationToken).ConfigureAwait(false);
        // one message for each, so that one that does not go holds no other up
        foreach (var trainer in job.Trainers.Where(t => t.Stage is TrainerStage.Leaving))
            await AgentCommands.LaterAsync(context, TimeSpan.Zero, new RetireTrainer(jobId, trainer.Epoch, clock.GetUtcNow())).ConfigureAwait(false);
    }

    public Task Consume(ConsumeContext<RetireTrainer> context) => commands.WithCloudAsync(context, context.Message.JobId, () => RetireAsync(context));

    async Task RetireAsync(ConsumeContext<RetireTrainer> context)
    {
        var m = context.Message;
        if (await commands.LoadAsync(context, m.JobId).ConfigureAwait(false) is not { } job || job.OfEpoch(m.Epoch) is not { Stage: TrainerStage.Leaving } trainer)
            return;
        var waited = clock.GetUtcNow() - m.Since;
        if (waited > job.Spec.Policy.RetirementTimeout)
            await commands.SayOnceAsync(context, m.JobId, string.Create(CultureInfo.InvariantCulture, $"retirement/{m.Epoch}"),
                $"{trainer.InstanceId ?? trainer.ClientToken} has not gone {job.Spec.Policy.RetirementTimeout} after it was told to; it is tried on.").ConfigureAwait(false);
        if (!await IsDrainedAsync(context, job, trainer, waited).ConfigureAwait(false) || !await instances.EndAsync(context, m.JobId, trainer).ConfigureAwait(false))
        {
            await AgentCommands.LaterAsync(context, CheckInterval, m).ConfigureAwait(false);
            return;
        }

        await commands.ExecuteAsync(context, AgentNames.Training, "terminated", new RecordInstanceTerminated(m.JobId, m.Epoch, trainer.InstanceId)).ConfigureAwait(false);
    }

    async Task<bool> IsDrainedAsync(ConsumeContext context, TrainingJob job, Trainer trainer, TimeSpan waited)
    {
        // nobody is served by one that never was the endpoint's, nor by one that is lost
        if (!job.IsLive || waited > DrainWithin || trainer.Address is null || trainer.WorkingSince is null || (trainer.FailedAt is not null && !trainer.IsInterrupted))
            return true;
        return job.EndpointEpoch is { } leads && leads != trainer.Epoch
            && await endpoint.InFlightElsewhereAsync(JobCommands.Tenant(context), job.Id, leads, context.CancellationToken).ConfigureAwait(false) == 0;
    }
}
