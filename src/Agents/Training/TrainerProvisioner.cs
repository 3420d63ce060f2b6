using System.Globalization;
using MassTransit;
using OptiInfra.Agents.Clouds;
using OptiInfra.Commands;
using OptiInfra.Commands.LiveMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.LiveMigrations;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Agents.Training;

/// <summary>Look at a trainer that is on its way again.</summary>
public sealed record CheckTrainer(Guid JobId, int Epoch);

/// <summary>Launches trainers and waits until they have proven themselves in standby.</summary>
public sealed class TrainerProvisioner(JobCommands commands, TrainerInstances instances, ICloud cloud, ITrainers trainers, TimeProvider clock) :
    IConsumer<ProvisioningStarted>, IConsumer<InstanceProvisioned>, IConsumer<CheckTrainer>
{
    public const int Port = 8080;
    static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(5);

    public Task Consume(ConsumeContext<ProvisioningStarted> context) => commands.WithCloudAsync(context, context.Message.JobId, () => LaunchAsync(context));

    async Task LaunchAsync(ConsumeContext<ProvisioningStarted> context)
    {
        var m = context.Message;
        if (await commands.LoadAsync(context, m.JobId).ConfigureAwait(false) is not { } job || job.OfEpoch(m.Epoch) is not { } trainer)
            return;
        if (trainer.Stage is TrainerStage.Leaving or TrainerStage.Gone)
        {
            // an earlier delivery may have launched and died before it could say so
            if (!await instances.EndAsync(context, m.JobId, trainer).ConfigureAwait(false))
                await AgentCommands.LaterAsync(context, CheckInterval, m).ConfigureAwait(false);
            return;
        }

        if (trainer.Stage is not TrainerStage.Starting)
            return;
        switch (await LaunchAsync(context, job, m).ConfigureAwait(false))
        {
            case LaunchResult.Launched launched:
                if (await commands.ExecuteAsync(context, AgentNames.Training, "provisioned", new RecordInstanceProvisioned(m.JobId, m.Epoch, launched.InstanceId)).ConfigureAwait(false) is CommandOutcome.Refused)
                    await cloud.TerminateAsync(launched.InstanceId, context.CancellationToken).ConfigureAwait(false);
                break;
            case LaunchResult.NoCapacity none:
                await FailAsync(context, m, none.Code, none.Message).ConfigureAwait(false);
                break;
            case LaunchResult.QuotaReached quota:
                await FailAsync(context, m, quota.Code, $"The account's quota is reached; ask for a higher one: {quota.Message}").ConfigureAwait(false);
                break;
            case LaunchResult.AlreadyTerminated gone:
                await FailAsync(context, m, "IdempotentInstanceTerminated", gone.Message).ConfigureAwait(false);
                break;
            case LaunchResult.Refused refused:
                await FailAsync(context, m, refused.Code, refused.Message).ConfigureAwait(false);
                break;
        }
    }

    async Task<LaunchResult> LaunchAsync(ConsumeContext context, TrainingJob job, ProvisioningStarted m)
    {
        var userData = TrainerUserData.Pack(TrainerUserData.Fill(job.Spec, job.Prefix, m.Epoch, await commands.TokenAsync(context, job.Id).ConfigureAwait(false)));
        // of a job that was submitted before that was looked at
        if (TrainerUserData.TooLarge(userData.Length) is { } tooLarge)
            return new LaunchResult.Refused("UserDataTooLarge", tooLarge);
        var tags = new Dictionary<string, string>(job.Spec.Tags, StringComparer.Ordinal)
        {
            [FleetTags.Job] = job.Id.ToString("D"),
            [FleetTags.Epoch] = m.Epoch.ToString(CultureInfo.InvariantCulture),
            // not the fleet's: only the job's own moves touch it
            [FleetTags.Protected] = "true",
            [FleetTags.Name] = string.Create(CultureInfo.InvariantCulture, $"{job.Spec.Name}-{m.Epoch}"),
        };
        return await cloud.LaunchAsync(new TrainerLaunch(job.Spec.Needs, m.Pool, m.ClientToken, Convert.ToBase64String(userData), tags), context.CancellationToken).ConfigureAwait(false);
    }

    Task FailAsync(ConsumeContext context, ProvisioningStarted m, string code, string reason) =>
        commands.ExecuteAsync(context, AgentNames.Training, "failed", new RecordProvisioningFailed(m.JobId, m.Epoch, null, code, reason));

    public Task Consume(ConsumeContext<InstanceProvisioned> context) =>
        AgentCommands.LaterAsync(context, JobCommands.PauseAfter(TimeSpan.Zero, CheckInterval), new CheckTrainer(context.Message.JobId, context.Message.Epoch));

    public Task Consume(ConsumeContext<CheckTrainer> context) => commands.WithCloudAsync(context, context.Message.JobId, () => CheckAsync(context));

    async Task CheckAsync(ConsumeContext<CheckTrainer> context)
    {
        var (jobId, epoch) = context.Message;
        if (await commands.LoadAsync(context, jobId).ConfigureAwait(false) is not { } job || job.ComingEpoch != epoch || job.Coming is not { Stage: TrainerStage.Launched, InstanceId: { } instanceId } coming)
            return;
        var instance = (await cloud.DescribeAsync([instanceId], context.CancellationToken).ConfigureAwait(false)).FirstOrDefault();
        if (instance?.State is "shutting-down" or "terminated" or "stopping" or "stopped")
        {
            await commands.ExecuteAsync(context, AgentNames.Training, "failed", new RecordProvisioningFailed(jobId, epoch, instanceId, "instance_lost", $"{instanceId} is {instance.State} before its trainer was ready.")).ConfigureAwait(false);
            return;
        }

        if (instance is { State: "running", PrivateIpAddress: { } ip })
        {
            var address = string.Create(CultureInfo.InvariantCulture, $"{ip}:{Port}");
            if ((await trainers.HealthAsync(address, context.CancellationToken).ConfigureAwait(false)).Value is { } report && Verdict(job, epoch, instanceId, address, report) is { } command)
            {
                await commands.ExecuteAsync(context, AgentNames.Training, "ready", command).ConfigureAwait(false);
                return;
            }
        }

        await AgentCommands.LaterAsync(context, JobCommands.PauseAfter(clock.GetUtcNow() - coming.ProvisionedAt!.Value, CheckInterval), context.Message).ConfigureAwait(false);
    }

    /// <summary>What a new trainer's answer means; null while it is not there yet.</summary>
    static ILiveMigrationCommand? Verdict(TrainingJob job, int epoch, string instanceId, string address, TrainerReport report) => report switch
    {
        { Notice: true } => new RecordProvisioningFailed(job.Id, epoch, instanceId, "interrupted", $"{instanceId} is taken back before it took over."),
        { State: "standby" } => new RecordTrainerReady(job.Id, epoch, instanceId, address, report),
        { State: "starting" } => null,
        _ => new RecordProvisioningFailed(job.Id, epoch, instanceId, "not_standby", $"The trainer on {instanceId} is {report.State}; it must stand by until it is promoted (--standby)."),
    };
}
