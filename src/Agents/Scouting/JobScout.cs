using MassTransit;
using OptiInfra.Agents.Clouds;
using OptiInfra.Agents.Training;
using OptiInfra.Commands.LiveMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.LiveMigrations;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Agents.Scouting;

/// <summary>Look for a job again.</summary>
public sealed record ScoutJob(Guid JobId);

/// <summary>Looks, every control period of each job, over all capacity that fits, and proposes where it is to run.</summary>
public sealed class JobScout(JobCommands commands, CapacityMarket market, DeadlinePlans plans, TimeProvider clock) :
    IConsumer<JobSubmitted>, IConsumer<ScoutJob>, IConsumer<ScoutingStarted>, IConsumer<MigrationTriggered>, IConsumer<ProvisioningFailed>, IConsumer<TrainerInterrupted>
{
    static readonly HashSet<string> Capacity = new(StringComparer.Ordinal)
    {
        "InsufficientInstanceCapacity", "UnfulfillableCapacity", "MaxSpotInstanceCountExceeded", "SpotMaxPriceTooLow", "InsufficientHostCapacity", "Unsupported",
    };

    /// <summary>The control loop of a job begins with it and ends with it.</summary>
    public Task Consume(ConsumeContext<JobSubmitted> context) =>
        AgentCommands.LaterAsync(context, context.Message.Spec.Policy.Scouting.ControlPeriod, new ScoutJob(context.Message.JobId));

    public async Task Consume(ConsumeContext<ScoutJob> context)
    {
        if (await LookAsync(context, context.Message.JobId).ConfigureAwait(false) is { } job)
            await AgentCommands.LaterAsync(context, job.Spec.Policy.Scouting.ControlPeriod, context.Message).ConfigureAwait(false);
    }

    // what cannot wait for the next look
    public Task Consume(ConsumeContext<ScoutingStarted> context) => LookAsync(context, context.Message.JobId);

    public async Task Consume(ConsumeContext<MigrationTriggered> context)
    {
        if (context.Message.Trigger is not MigrationTrigger.BetterOffer)
            await LookAsync(context, context.Message.JobId).ConfigureAwait(false);
    }

    public async Task Consume(ConsumeContext<ProvisioningFailed> context)
    {
        if (Capacity.Contains(context.Message.ErrorCode))
            await market.LearnAsync(context.Message.Pool, interrupted: false, context.CancellationToken).ConfigureAwait(false);
        await LookAsync(context, context.Message.JobId).ConfigureAwait(false);
    }

    public Task Consume(ConsumeContext<TrainerInterrupted> context) => market.LearnAsync(context.Message.Pool, interrupted: true, context.CancellationToken);

    /// <returns>The job while it is to be looked for again.</returns>
    async Task<TrainingJob?> LookAsync(ConsumeContext context, Guid jobId)
    {
        if (await commands.LoadAsync(context, jobId).ConfigureAwait(false) is not { IsLive: true } job)
            return null;
        if (job.ComingEpoch is not null || job.Offer is not null)
            return job;
        try
        {
            await ProposeAsync(context, job).ConfigureAwait(false);
        }
        catch (Exception e) when (CloudFault.Is(e))
        {
            await commands.SayOnceAsync(context, jobId, "scout", $"The scout cannot look at the cloud and tries on: {e.Message}").ConfigureAwait(false);
        }

        return job;
    }

    async Task ProposeAsync(ConsumeContext context, TrainingJob job)
    {
        var policy = job.Spec.Policy.Scouting;
        // a job without a place wants to know what is true now
        var view = await market.ObserveAsync(job.Spec.Needs, job.NeedsPlace ? TimeSpan.Zero : policy.ControlPeriod / 2, context.CancellationToken).ConfigureAwait(false);
        if (JobObservation.Of(job, view, clock.GetUtcNow()) is not { } seen)
        {
            await commands.SayOnceAsync(context, job.Id, "no-machine", "No instance type that has a price fits the job's needs; see needs and the price file.").ConfigureAwait(false);
            return;
        }

        var decision = new Scout(policy, plans).Decide(seen);
        if (decision.On is RunsOn.Nothing && job is { NeedsPlace: true, ScoutWaits: false })
            await commands.ExecuteAsync(context, AgentNames.Scout, "waits", new RecordScoutWaits(job.Id, seen, decision.Reasons)).ConfigureAwait(false);
        if (!decision.Moves || decision.On is RunsOn.Nothing || Place(decision, view) is not { } place)
            return;
        await commands.ExecuteAsync(context, AgentNames.Scout, "offer", new ProposeOffer(
            job.Id, job.NeedsPlace ? null : job.WorkingEpoch, place.Pool, place.HourlyUsd, decision.ExpectedSavingUsd, seen, decision.Reasons)).ConfigureAwait(false);
    }

    static (CapacityPool Pool, decimal HourlyUsd)? Place(ScoutDecision decision, MarketView view)
    {
        if (decision.On is RunsOn.OnDemand)
            return (view.OnDemand[0].Pool, view.OnDemand[0].HourlyUsd);
        var chosen = view.Spot.FirstOrDefault(p => p.Spell.Pool.ToString() == decision.Pool);
        return chosen is null ? null : (chosen.Spell.Pool, chosen.HourlyUsd);
    }
}
