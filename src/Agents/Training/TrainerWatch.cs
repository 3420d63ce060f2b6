using System.Globalization;
using MassTransit;
using OptiInfra.Agents.Clouds;
using OptiInfra.Commands;
using OptiInfra.Commands.LiveMigrations;
using OptiInfra.Contracts.LiveMigrations;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Agents.Training;

/// <summary>Look at the trainer that works again.</summary>
/// <param name="LastStep">Where it was seen last.</param>
/// <param name="SilentSince">It has not answered since then.</param>
public sealed record WatchTrainer(Guid JobId, int Epoch, int LastStep, DateTimeOffset? SilentSince);

/// <summary>Watches the trainer that works: its checkpoints, the cloud's notice, its end, its silence.</summary>
public sealed class TrainerWatch(JobCommands commands, ICloud cloud, ITrainers trainers, TimeProvider clock) :
    IConsumer<TrainingStarted>, IConsumer<TrainingResumed>, IConsumer<WatchTrainer>
{
    public Task Consume(ConsumeContext<TrainingStarted> context) => WatchAsync(context, new WatchTrainer(context.Message.JobId, context.Message.Epoch, 0, null));

    public Task Consume(ConsumeContext<TrainingResumed> context) => WatchAsync(context, new WatchTrainer(context.Message.JobId, context.Message.Epoch, context.Message.Step, null));

    public Task Consume(ConsumeContext<WatchTrainer> context) => WatchAsync(context, context.Message);

    async Task WatchAsync(ConsumeContext context, WatchTrainer m)
    {
        if (await commands.LoadAsync(context, m.JobId).ConfigureAwait(false) is not { IsLive: true } job || job.WorkingEpoch != m.Epoch)
            return;
        WatchTrainer next;
        try
        {
            next = await LookAsync(context, job, job.Working!, m).ConfigureAwait(false);
        }
        catch (Exception e) when (CloudFault.Is(e))
        {
            next = m;
        }

        await AgentCommands.LaterAsync(context, job.Spec.Policy.WatchInterval, next).ConfigureAwait(false);
    }

    async Task<WatchTrainer> LookAsync(ConsumeContext context, TrainingJob job, Trainer working, WatchTrainer m)
    {
        var answer = await trainers.HealthAsync(working.Address!, context.CancellationToken).ConfigureAwait(false);
        if (answer.Value is { } report && report.Epoch == m.Epoch)
        {
            await TellAsync(context, job, new RecordTrainerSeen(job.Id, m.Epoch, report)).ConfigureAwait(false);
            return m with { LastStep = report.Step, SilentSince = null };
        }

        var now = clock.GetUtcNow();
        var since = m.SilentSince ?? now;
        var instance = (await cloud.DescribeAsync([working.InstanceId!], context.CancellationToken).ConfigureAwait(false)).FirstOrDefault();
        var evidence = instance is null ? $"{working.InstanceId} is not known to the cloud any more."
            : instance.State is not ("running" or "pending") ? $"{working.InstanceId} is {instance.State}."
            : now - since > job.Spec.Policy.SilenceTimeout ? string.Create(CultureInfo.InvariantCulture, $"The trainer on {working.InstanceId} has not answered for {now - since}: {answer.Problem ?? "it is of another epoch"}")
            : null;
        if (evidence is not null)
            await TellAsync(context, job, new ReportTrainerLost(job.Id, m.Epoch, Gone: true, m.LastStep, evidence)).ConfigureAwait(false);
        return m with { SilentSince = since };
    }

    /// <summary>Only what says something new: a look every few seconds is nothing to keep.</summary>
    async Task TellAsync(ConsumeContext context, TrainingJob job, ILiveMigrationCommand command)
    {
        if (TrainingJobDecider.Decide(job, command, clock.GetUtcNow()) is Decision.Accepted { Events.Count: > 0 })
            await commands.ExecuteAsync(context, AgentNames.Training, "seen", command).ConfigureAwait(false);
    }
}
