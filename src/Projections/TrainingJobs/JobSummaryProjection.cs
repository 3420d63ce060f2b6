using System.Collections.Immutable;
using OptiInfra.Contracts.LiveMigrations;
using OptiInfra.EventStore;

namespace OptiInfra.Projections;

/// <inheritdoc cref="JobSummary"/>
public sealed class JobSummaryProjection : SingleStreamProjection<JobSummary>
{
    public static JobSummary Create(JobSubmitted e) => new()
    {
        Id = e.JobId,
        CustomerId = e.CustomerId,
        Name = e.Spec.Name,
        Status = JobStatus.Pending,
        SubmittedBy = e.SubmittedBy,
        Submitter = e.Submitter,
        SubmittedAt = e.At,
        Deadline = e.Spec.Deadline,
        EstimatedHours = e.Spec.EstimatedHours,
        Tags = e.Spec.Tags.ToImmutableSortedDictionary(StringComparer.Ordinal),
        Bucket = e.Spec.Bucket,
        Prefix = e.Prefix,
    };

    public static JobSummary Apply(ScoutingStarted e, JobSummary s) => s with { Status = JobStatus.Scouting, WaitsBecause = null };

    public static JobSummary Apply(ScoutWaits e, JobSummary s) => s with { WaitsBecause = string.Join("; ", e.Reasons) };

    public static JobSummary Apply(OfferFound e, JobSummary s) => Offered(s, new JobOffer(e.Pool, e.HourlyUsd, null, e.Reasons, e.At), e.Observed);

    public static JobSummary Apply(BetterOfferFound e, JobSummary s) => Offered(s, new JobOffer(e.Pool, e.HourlyUsd, e.ExpectedSavingUsd, e.Reasons, e.At), e.Observed);

    public static JobSummary Apply(MigrationTriggered e, JobSummary s) => s with { Status = s.WorkingEpoch is null ? s.Status : JobStatus.Migrating, Moving = e.Trigger };

    public static JobSummary Apply(CheckpointSaved e, JobSummary s) => s with
    {
        Step = e.Checkpoint.Step,
        Iterations = e.Iterations,
        Loss = LossText.Read(e.Checkpoint.LossHex),
        LossHex = e.Checkpoint.LossHex,
        Checkpoint = e.Checkpoint,
        CheckpointAt = e.At,
    };

    public static JobSummary Apply(ProvisioningStarted e, JobSummary s) => s with
    {
        Status = s.WorkingEpoch is null ? JobStatus.Provisioning : JobStatus.Migrating,
        ComingEpoch = e.Epoch,
        Instances = s.Instances.Add(new JobInstance(e.Epoch, e.Pool, e.HourlyUsd)),
    };

    public static JobSummary Apply(InstanceProvisioned e, JobSummary s) => With(s, e.Epoch, i => i with { InstanceId = e.InstanceId, ProvisionedAt = e.At });

    public static JobSummary Apply(ProvisioningFailed e, JobSummary s) =>
        With(s, e.Epoch, i => i with { InstanceId = i.InstanceId ?? e.InstanceId, Failure = e.Reason }) with { ComingEpoch = s.ComingEpoch == e.Epoch ? null : s.ComingEpoch };

    public static JobSummary Apply(TrainerReady e, JobSummary s) => With(s, e.Epoch, i => i with { Address = e.Address });

    public static JobSummary Apply(EndpointSwitched e, JobSummary s) => Calm(s, "endpoint") with { EndpointAddress = e.Address, EndpointEpoch = e.Epoch };

    public static JobSummary Apply(TrainingStarted e, JobSummary s) => TakenOver(s, e.Epoch);

    public static JobSummary Apply(TrainingResumed e, JobSummary s) => TakenOver(s, e.Epoch) with { Migrations = s.Migrations + 1 };

    public static JobSummary Apply(MigrationAbandoned e, JobSummary s) => s with { Status = s.WorkingEpoch is null ? s.Status : JobStatus.Running, Moving = null };

    public static JobSummary Apply(TrainerInterrupted e, JobSummary s) => s with { Interruptions = s.Interruptions + 1 };

    public static JobSummary Apply(TrainerLost e, JobSummary s) =>
        With(s, e.Epoch, i => i with { Failure = e.Evidence }) with { Status = JobStatus.Provisioning, WorkingEpoch = s.WorkingEpoch == e.Epoch ? null : s.WorkingEpoch };

    public static JobSummary Apply(OldInstanceTerminated e, JobSummary s) =>
        With(Calm(s, "retirement"), e.Epoch, i => i with { GoneAt = e.At, InstanceId = e.InstanceId ?? i.InstanceId });

    public static JobSummary Apply(TrainingFinished e, JobSummary s) => Ending(s) with
    {
        FinishedAt = e.At,
        Step = e.Step,
        Iterations = Math.Max(s.Iterations, e.Step),
        Loss = e.Loss ?? LossText.Read(e.LossHex),
        LossHex = e.LossHex,
    };

    public static JobSummary Apply(JobStopped e, JobSummary s) => Ending(s) with { Reason = e.Reason };

    public static JobSummary Apply(JobCompleted e, JobSummary s) => Ended(s, JobStatus.Completed, e.At) with { FinalPaidUsd = e.PaidUsd, FinalOnDemandUsd = e.OnDemandUsd };

    public static JobSummary Apply(JobFailed e, JobSummary s) => Ended(s, JobStatus.Failed, e.At) with { Reason = e.Reason };

    public static JobSummary Apply(JobCancelled e, JobSummary s) => Ended(s, JobStatus.Cancelled, e.At) with { Reason = e.Reason };

    public static JobSummary Apply(JobAttentionNeeded e, JobSummary s) => s with { Attention = $"The {e.Step} needs a look: {e.Reason}", AttentionStep = e.Step };

    static JobSummary Offered(JobSummary s, JobOffer offer, ScoutObservation observed) =>
        s with { LastOffer = offer, WaitsBecause = null, OnDemandHourlyUsd = s.OnDemandHourlyUsd > 0 ? s.OnDemandHourlyUsd : observed.OnDemandHourlyUsd };

    /// <summary>What somebody was called for in one step is over when that step succeeds.</summary>
    static JobSummary Calm(JobSummary s, string step) => s.AttentionStep == step ? s with { Attention = null, AttentionStep = null } : s;

    static JobSummary TakenOver(JobSummary s, int epoch) => s with
    {
        Status = JobStatus.Running,
        WorkingEpoch = epoch,
        ComingEpoch = null,
        Moving = null,
        Attention = s.AttentionStep is "endpoint" or "retirement" ? s.Attention : null,
        AttentionStep = s.AttentionStep is "endpoint" or "retirement" ? s.AttentionStep : null,
    };

    static JobSummary Ending(JobSummary s) => s with { Status = JobStatus.Ending, WorkingEpoch = null, ComingEpoch = null, Moving = null };

    static JobSummary Ended(JobSummary s, JobStatus status, DateTimeOffset at) => s with { Status = status, EndedAt = at, Attention = null, AttentionStep = null };

    static JobSummary With(JobSummary s, int epoch, Func<JobInstance, JobInstance> change) =>
        s with { Instances = s.Instances.SetItem(epoch - 1, change(s.Instances[epoch - 1])) };
}
