namespace OptiInfra.Contracts.LiveMigrations;

// the job

/// <param name="Submitter">The identity that was signed in; null at the command line of the machine.</param>
[EventType("job_submitted")]
public sealed record JobSubmitted(Guid JobId, string CustomerId, string SubmittedBy, TrainingJobSpec Spec, string Prefix, DateTimeOffset At, string? Submitter = null);

/// <summary>The job runs on nothing and needs a place.</summary>
[EventType("scouting_started")]
public sealed record ScoutingStarted(Guid JobId, string Reason, DateTimeOffset At);

/// <summary>A place for a job that runs on nothing.</summary>
/// <param name="Observed">What the scout saw, so that it can decide again.</param>
/// <param name="Reasons">The decisive one first.</param>
[EventType("offer_found")]
public sealed record OfferFound(Guid JobId, CapacityPool Pool, decimal HourlyUsd, ScoutObservation Observed, IReadOnlyList<string> Reasons, DateTimeOffset At);

/// <summary>The job runs on nothing, and to wait is expected to cost least; told once, until it looks for a place anew.</summary>
[EventType("scout_waits")]
public sealed record ScoutWaits(Guid JobId, ScoutObservation Observed, IReadOnlyList<string> Reasons, DateTimeOffset At);

/// <summary>A better place for a job that runs.</summary>
/// <param name="SavingFraction">Of the present hourly price; negative where the deadline makes it move to dearer capacity.</param>
/// <param name="ExpectedSavingUsd">All costs of the move taken off; null where the deadline or a person decided.</param>
[EventType("better_offer_found")]
public sealed record BetterOfferFound(
    Guid JobId,
    int FromEpoch,
    CapacityPool Pool,
    decimal HourlyUsd,
    double SavingFraction,
    decimal? ExpectedSavingUsd,
    ScoutObservation Observed,
    IReadOnlyList<string> Reasons,
    DateTimeOffset At);

// a changeover

/// <param name="Number">From 1, in the life of the job.</param>
/// <param name="FromEpoch">The trainer to move away from.</param>
[EventType("migration_triggered")]
public sealed record MigrationTriggered(Guid JobId, int Number, MigrationTrigger Trigger, int FromEpoch, string Reason, DateTimeOffset At);

/// <summary>A checkpoint is in the bucket, whole.</summary>
/// <param name="Iterations">Steps of the whole job.</param>
/// <param name="Requested">It was asked for before a move; otherwise the trainer wrote it by itself.</param>
[EventType("checkpoint_saved")]
public sealed record CheckpointSaved(Guid JobId, TrainerCheckpoint Checkpoint, int Iterations, bool Requested, DateTimeOffset At);

/// <summary>Intent, written before the cloud is called with this client token.</summary>
/// <param name="Epoch">Of the trainer to be; each launch has one of its own, higher than all before.</param>
[EventType("provisioning_started")]
public sealed record ProvisioningStarted(Guid JobId, int Epoch, CapacityPool Pool, decimal HourlyUsd, string ClientToken, DateTimeOffset At);

[EventType("instance_provisioned")]
public sealed record InstanceProvisioned(Guid JobId, int Epoch, string InstanceId, DateTimeOffset At);

/// <summary>A launch came to nothing. <paramref name="InstanceId"/> is what was launched and has to go, if anything.</summary>
[EventType("provisioning_failed")]
public sealed record ProvisioningFailed(Guid JobId, int Epoch, CapacityPool Pool, string? InstanceId, string ErrorCode, string Reason, DateTimeOffset At);

/// <summary>The new trainer has proven itself in standby: it resumed from the right checkpoint, to the loss recorded there.</summary>
/// <param name="Address">Host and port of its service.</param>
[EventType("trainer_ready")]
public sealed record TrainerReady(Guid JobId, int Epoch, string InstanceId, string Address, ResumedState? ResumedFrom, DateTimeOffset At);

/// <summary>The endpoint is to lead to this trainer.</summary>
/// <param name="Back">True where a changeover is undone and the old trainer has it again.</param>
[EventType("endpoint_switch_requested")]
public sealed record EndpointSwitchRequested(Guid JobId, int Epoch, string Address, bool Back, DateTimeOffset At);

/// <summary>Every proxy sends new requests to this trainer.</summary>
[EventType("endpoint_switched")]
public sealed record EndpointSwitched(Guid JobId, int Epoch, string Address, bool Back, DateTimeOffset At);

/// <summary>The point of no return: the trainer before saves what it has, if it still can, and this one takes over.</summary>
/// <param name="FromEpoch">The trainer before; null where none works.</param>
[EventType("take_over_requested")]
public sealed record TakeOverRequested(Guid JobId, int Epoch, string Address, int? FromEpoch, DateTimeOffset At);

/// <summary>The job's first trainer has begun.</summary>
[EventType("training_started")]
public sealed record TrainingStarted(Guid JobId, int Epoch, string InstanceId, DateTimeOffset At);

/// <summary>Another trainer has taken over: from here no one before it can write.</summary>
/// <param name="Step">Where it went on.</param>
/// <param name="LostSteps">How far the trainer before it was last seen beyond that; 0 where nothing was lost.</param>
/// <param name="Parts">How long it took.</param>
[EventType("training_resumed")]
public sealed record TrainingResumed(Guid JobId, int Number, int Epoch, string InstanceId, int Step, int LostSteps, ChangeoverParts Parts, DateTimeOffset At);

/// <summary>A trainer cannot write any more, because one of a higher epoch has taken over.</summary>
[EventType("trainer_fenced")]
public sealed record TrainerFenced(Guid JobId, int Epoch, string InstanceId, int ByEpoch, DateTimeOffset At);

/// <summary>The changeover is given up; the trainer that worked before goes on.</summary>
[EventType("migration_abandoned")]
public sealed record MigrationAbandoned(Guid JobId, int Number, string Reason, DateTimeOffset At);

/// <summary>The cloud takes the instance of a trainer back.</summary>
[EventType("trainer_interrupted")]
public sealed record TrainerInterrupted(Guid JobId, int Epoch, string InstanceId, CapacityPool Pool, string Evidence, DateTimeOffset At);

/// <summary>A trainer, or its instance, is gone or does not answer any more.</summary>
/// <param name="LastStep">The last one that it was seen at.</param>
[EventType("trainer_lost")]
public sealed record TrainerLost(Guid JobId, int Epoch, string? InstanceId, CapacityPool Pool, int LastStep, string Evidence, DateTimeOffset At);

/// <summary>An instance of the job that is not needed any more is gone.</summary>
/// <param name="InstanceId">Null where the launch had made none.</param>
[EventType("old_instance_terminated")]
public sealed record OldInstanceTerminated(Guid JobId, int Epoch, string? InstanceId, DateTimeOffset At);

// the end

/// <summary>All steps are done and saved. The job is over when its last instance is gone.</summary>
[EventType("training_finished")]
public sealed record TrainingFinished(Guid JobId, int Epoch, int Step, double? Loss, string? LossHex, DateTimeOffset At);

/// <param name="PaidUsd">Hours of its instances times the price of their start.</param>
/// <param name="OnDemandUsd">What one on-demand instance of the cheapest type that fits would have cost from the start to the end.</param>
[EventType("job_completed")]
public sealed record JobCompleted(Guid JobId, int Step, double? Loss, string? LossHex, int Migrations, decimal PaidUsd, decimal OnDemandUsd, DateTimeOffset At);

/// <summary>The job does not go on; its instances go away.</summary>
/// <param name="Ending">Failed or cancelled.</param>
[EventType("job_stopped")]
public sealed record JobStopped(Guid JobId, JobStatus Ending, string By, string Reason, DateTimeOffset At);

[EventType("job_failed")]
public sealed record JobFailed(Guid JobId, string Reason, DateTimeOffset At);

[EventType("job_cancelled")]
public sealed record JobCancelled(Guid JobId, string CancelledBy, string Reason, DateTimeOffset At);

/// <summary>Something does not succeed by itself; a person should look.</summary>
[EventType("job_attention_needed")]
public sealed record JobAttentionNeeded(Guid JobId, string Step, string Reason, DateTimeOffset At);
