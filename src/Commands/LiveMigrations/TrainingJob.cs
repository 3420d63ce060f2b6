using System.Collections.Immutable;
using OptiInfra.Contracts;
using OptiInfra.Contracts.LiveMigrations;

namespace OptiInfra.Commands.LiveMigrations;

/// <summary>The state of one training job, folded from its events.</summary>
public sealed record TrainingJob
{
    public required Guid Id { get; init; }
    public required string CustomerId { get; init; }
    public required string SubmittedBy { get; init; }
    public string? SubmitterId { get; init; }
    public required TrainingJobSpec Spec { get; init; }
    /// <summary>Where its checkpoints lie in the bucket.</summary>
    public required string Prefix { get; init; }
    public required DateTimeOffset SubmittedAt { get; init; }
    public JobStatus Status { get; init; } = JobStatus.Pending;

    /// <summary>Every launch, by epoch, which counts from 1.</summary>
    public ImmutableList<Trainer> Trainers { get; init; } = [];
    /// <summary>The epoch that may write; null while none does.</summary>
    public int? WorkingEpoch { get; init; }
    /// <summary>The launch that is on its way.</summary>
    public int? ComingEpoch { get; init; }
    /// <summary>Where the endpoint leads.</summary>
    public int? EndpointEpoch { get; init; }
    /// <summary>Where the endpoint is being switched to.</summary>
    public int? SwitchingTo { get; init; }
    public int? TakingOver { get; init; }
    /// <summary>The place that was chosen and not yet launched in.</summary>
    public ChosenOffer? Offer { get; init; }
    /// <summary>The scout has said that it waits, and has found nothing since.</summary>
    public bool ScoutWaits { get; init; }
    public Changeover? Changeover { get; init; }
    /// <summary>Changeovers begun.</summary>
    public int Changeovers { get; init; }
    /// <summary>Changeovers that led to another trainer.</summary>
    public int Migrations { get; init; }
    public int FailedLaunches { get; init; }
    /// <summary>Of the changeovers that succeeded, in hours, newest last; the last five.</summary>
    public ImmutableList<double> ChangeoverHours { get; init; } = [];

    public TrainerCheckpoint? Checkpoint { get; init; }
    public DateTimeOffset? CheckpointAt { get; init; }
    public int Iterations { get; init; }
    /// <summary>Measured between two checkpoints of one trainer.</summary>
    public double? HoursPerStep { get; init; }
    /// <summary>The cheapest on-demand price that fits, as the scout saw it first.</summary>
    public decimal OnDemandHourlyUsd { get; init; }
    public DateTimeOffset? FinishedAt { get; init; }
    public double? Loss { get; init; }
    public string? LossHex { get; init; }
    /// <summary>How it ends, once that is decided.</summary>
    public JobStatus? Ending { get; init; }
    public string? EndedBy { get; init; }
    public string? EndReason { get; init; }

    public bool IsOver => Status is JobStatus.Completed or JobStatus.Failed or JobStatus.Cancelled;

    /// <summary>Still to be trained.</summary>
    public bool IsLive => Ending is null && !IsOver;

    public Trainer? Working => WorkingEpoch is { } epoch ? Trainers[epoch - 1] : null;

    public Trainer? Coming => ComingEpoch is { } epoch ? Trainers[epoch - 1] : null;

    /// <summary>The scout is to find a place at once, whether that saves anything or not.</summary>
    public bool NeedsPlace => IsLive && ComingEpoch is null && Offer is null && (WorkingEpoch is null || Changeover is not null);

    public Trainer? OfEpoch(int epoch) => epoch >= 1 && epoch <= Trainers.Count ? Trainers[epoch - 1] : null;

    public static TrainingJob Create(JobSubmitted e) => new()
    {
        Id = e.JobId,
        CustomerId = e.CustomerId,
        SubmittedBy = e.SubmittedBy,
        SubmitterId = e.Submitter,
        Spec = e.Spec,
        Prefix = e.Prefix,
        SubmittedAt = e.At,
    };

    public TrainingJob Apply(ScoutingStarted e) => this with { Status = JobStatus.Scouting, ScoutWaits = false };

    public TrainingJob Apply(ScoutWaits e) => this with { ScoutWaits = true };

    public TrainingJob Apply(OfferFound e) => this with { ScoutWaits = false, Offer = new ChosenOffer(e.Pool, e.HourlyUsd), OnDemandHourlyUsd = FirstOf(OnDemandHourlyUsd, e.Observed) };

    public TrainingJob Apply(BetterOfferFound e) => this with { Offer = new ChosenOffer(e.Pool, e.HourlyUsd), OnDemandHourlyUsd = FirstOf(OnDemandHourlyUsd, e.Observed) };

    static decimal FirstOf(decimal known, ScoutObservation observed) => known > 0 ? known : observed.OnDemandHourlyUsd;

    public TrainingJob Apply(MigrationTriggered e) => this with
    {
        Status = WorkingEpoch is null ? Status : JobStatus.Migrating,
        Changeovers = e.Number,
        Changeover = new Changeover(e.Number, e.Trigger, e.FromEpoch, e.At, e.Trigger is MigrationTrigger.BetterOffer or MigrationTrigger.Requested),
    };

    public TrainingJob Apply(CheckpointSaved e) => this with
    {
        Checkpoint = e.Checkpoint,
        CheckpointAt = e.At,
        Iterations = e.Iterations,
        HoursPerStep = Checkpoint is { } before && CheckpointAt is { } then && before.Epoch == e.Checkpoint.Epoch && e.Checkpoint.Step > before.Step && e.At > then
            ? (e.At - then).TotalHours / (e.Checkpoint.Step - before.Step) : HoursPerStep,
        Changeover = e.Requested && Changeover is { } changeover ? changeover with { AwaitsCheckpoint = false, CheckpointAt = e.At } : Changeover,
    };

    public TrainingJob Apply(ProvisioningStarted e) => this with
    {
        Status = WorkingEpoch is null ? JobStatus.Provisioning : JobStatus.Migrating,
        Offer = null,
        ComingEpoch = e.Epoch,
        Trainers = Trainers.Add(new Trainer(e.Epoch, e.Pool, e.HourlyUsd, e.ClientToken, e.At) { LaunchedAfter = Checkpoint }),
    };

    public TrainingJob Apply(InstanceProvisioned e) => With(e.Epoch, t => t with { Stage = TrainerStage.Launched, InstanceId = e.InstanceId, ProvisionedAt = e.At });

    public TrainingJob Apply(ProvisioningFailed e) =>
        Left(e.Epoch, e.At).With(e.Epoch, t => t with { InstanceId = t.InstanceId ?? e.InstanceId }) with { FailedLaunches = FailedLaunches + 1 };

    public TrainingJob Apply(TrainerReady e) => With(e.Epoch, t => t with { Stage = TrainerStage.Ready, Address = e.Address, ReadyAt = e.At });

    public TrainingJob Apply(EndpointSwitchRequested e) => this with { SwitchingTo = e.Epoch };

    public TrainingJob Apply(EndpointSwitched e) => this with
    {
        SwitchingTo = null,
        EndpointEpoch = e.Epoch,
        Changeover = Changeover is { } changeover && !e.Back ? changeover with { SwitchedAt = e.At } : Changeover,
    };

    public TrainingJob Apply(TakeOverRequested e) => this with { TakingOver = e.Epoch };

    public TrainingJob Apply(TrainingStarted e) => TakenOver(e.Epoch, e.At);

    public TrainingJob Apply(TrainingResumed e) => TakenOver(e.Epoch, e.At) with
    {
        Migrations = Migrations + 1,
        ChangeoverHours = [.. ChangeoverHours.Add(e.Parts.Total / 3600).TakeLast(5)],
    };

    TrainingJob TakenOver(int epoch, DateTimeOffset at) => With(epoch, t => t with { Stage = TrainerStage.Working, WorkingSince = at }) with
    {
        Status = JobStatus.Running,
        WorkingEpoch = epoch,
        ComingEpoch = null,
        TakingOver = null,
        Changeover = null,
        FailedLaunches = 0,
    };

    public TrainingJob Apply(TrainerFenced e) => With(e.Epoch, t => t with { Stage = TrainerStage.Leaving });

    public TrainingJob Apply(MigrationAbandoned e) => this with { Status = WorkingEpoch is null ? Status : JobStatus.Running, Changeover = null, Offer = null };

    public TrainingJob Apply(TrainerInterrupted e) => With(e.Epoch, t => t with { IsInterrupted = true, FailedAt = e.At });

    public TrainingJob Apply(TrainerLost e) => Left(e.Epoch, e.At) with
    {
        // nothing trains until the next one has taken over
        Status = JobStatus.Provisioning,
        Changeover = Changeover is { } changeover ? changeover with { LastStep = e.LastStep, AwaitsCheckpoint = false } : null,
    };

    public TrainingJob Apply(OldInstanceTerminated e) => With(e.Epoch, t => t with { Stage = TrainerStage.Gone, GoneAt = e.At, InstanceId = e.InstanceId ?? t.InstanceId });

    public TrainingJob Apply(TrainingFinished e) => Stopping(JobStatus.Completed) with { FinishedAt = e.At, Iterations = Math.Max(Iterations, e.Step), Loss = e.Loss, LossHex = e.LossHex };

    public TrainingJob Apply(JobStopped e) => Stopping(e.Ending) with { EndedBy = e.By, EndReason = e.Reason };

    public TrainingJob Apply(JobCompleted e) => this with { Status = JobStatus.Completed };

    public TrainingJob Apply(JobFailed e) => this with { Status = JobStatus.Failed, EndReason = e.Reason };

    public TrainingJob Apply(JobCancelled e) => this with { Status = JobStatus.Cancelled, EndedBy = e.CancelledBy, EndReason = e.Reason };

    /// <summary>Everything that is not gone has to go.</summary>
    TrainingJob Stopping(JobStatus ending) => this with
    {
        Status = JobStatus.Ending,
        Ending = ending,
        WorkingEpoch = null,
        ComingEpoch = null,
        TakingOver = null,
        SwitchingTo = null,
        Offer = null,
        Changeover = null,
        Trainers = [.. Trainers.Select(t => t.Stage is TrainerStage.Gone ? t : t with { Stage = TrainerStage.Leaving })],
    };

    TrainingJob Left(int epoch, DateTimeOffset at) => With(epoch, t => t with { Stage = TrainerStage.Leaving, FailedAt = at }) with
    {
        WorkingEpoch = WorkingEpoch == epoch ? null : WorkingEpoch,
        ComingEpoch = ComingEpoch == epoch ? null : ComingEpoch,
        TakingOver = TakingOver == epoch ? null : TakingOver,
        SwitchingTo = SwitchingTo == epoch ? null : SwitchingTo,
    };

    TrainingJob With(int epoch, Func<Trainer, Trainer> change) => this with { Trainers = Trainers.SetItem(epoch - 1, change(Trainers[epoch - 1])) };
}

/// <summary>A place that was chosen.</summary>
public sealed record ChosenOffer(CapacityPool Pool, decimal HourlyUsd);
