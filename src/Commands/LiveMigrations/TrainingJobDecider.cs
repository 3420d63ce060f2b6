using OptiInfra.Contracts.LiveMigrations;

namespace OptiInfra.Commands.LiveMigrations;

/// <summary>Decides what a command does to a training job: no I/O, no clock but the instant it is given.</summary>
public static partial class TrainingJobDecider
{
    public static Decision Decide(TrainingJob? state, ILiveMigrationCommand command, DateTimeOffset now)
    {
        if (command is SubmitJob submit)
            return Submit(state, submit, now);
        if (state is null)
            return Decision.Refuse("unknown_job", $"There is no job {command.JobId}; `optiinfra jobs` lists those that exist.");
        return command switch
        {
            StartScouting _ => StartScouting(state, now),
            ProposeOffer c => Propose(state, c, now),
            RecordScoutWaits c => state is { NeedsPlace: true, ScoutWaits: false } ? Decision.Accept(new ScoutWaits(state.Id, c.Observed, c.Reasons, now)) : Decision.Nothing,
            MigrateNow c => MigrateNow(state, c, now),
            RecordRequestedCheckpoint c => RecordRequestedCheckpoint(state, c, now),
            RecordCheckpointRefused c => CheckpointRefused(state, c.Epoch, c.Reason, now),
            StartProvisioning _ => StartProvisioning(state, now),
            RecordInstanceProvisioned c => RecordProvisioned(state, c, now),
            RecordProvisioningFailed c => state.ComingEpoch == c.Epoch ? LaunchFailed(state, c.Epoch, c.InstanceId, c.ErrorCode, c.Reason, now) : Decision.Nothing,
            RecordTrainerReady c => RecordReady(state, c, now),
            RequestEndpointSwitch c => RequestSwitch(state, c, now),
            RecordEndpointSwitched c => RecordSwitched(state, c, now),
            RecordEndpointSwitchFailed c => SwitchFailed(state, c.Epoch, c.Reason, now),
            RecordTakeOver c => RecordTakeOver(state, c, now),
            RecordTakeOverFailed c => state.TakingOver == c.Epoch ? LaunchFailed(state, c.Epoch, null, "take_over_failed", c.Reason, now) : Decision.Nothing,
            RecordTrainerSeen c => RecordSeen(state, c, now),
            ReportTrainerLost c => ReportLost(state, c, now),
            CancelJob c => Cancel(state, c, now),
            RecordInstanceTerminated c => RecordTerminated(state, c, now),
            TimeOutJob c => TimeOut(state, c, now),
            ConcludeJob _ => Conclude(state, now),
            ReportJobAttention c => state.IsOver ? Decision.Nothing : Decision.Accept(new JobAttentionNeeded(state.Id, c.Step, c.Reason, now)),
            _ => throw new ArgumentException($"{command.GetType().Name} is no command of a training job.", nameof(command)),
        };
    }

    static Decision Submit(TrainingJob? state, SubmitJob c, DateTimeOffset now)
    {
        if (state is not null)
            return Decision.Refuse("job_exists", $"Job {c.JobId} exists already; submit a new one under a new id.");
        var prefix = c.Spec.Prefix?.Trim('/') ?? $"jobs/{c.JobId:D}";
        return TrainingJobRules.Broken(c.Spec, prefix, now) is { } broken
            ? Decision.Refuse("invalid_job", "The job cannot be taken: " + broken)
            : Decision.Accept(new JobSubmitted(c.JobId, c.CustomerId, c.SubmittedBy, c.Spec, prefix, now, c.Submitter?.Id));
    }

    static Decision Cancel(TrainingJob state, CancelJob c, DateTimeOffset now) =>
        state.IsLive ? Decision.Accept(new JobStopped(state.Id, JobStatus.Cancelled, c.CancelledBy, c.Reason, now))
        : state.Ending is JobStatus.Cancelled ? Decision.Nothing
        : NotNow(state, "Cancelling");

    static Decision MigrateNow(TrainingJob state, MigrateNow c, DateTimeOffset now) =>
        state is { IsLive: true, Working: { } working, Changeover: null }
            ? Decision.Accept(Triggered(state, MigrationTrigger.Requested, working.Epoch, $"Requested by {c.RequestedBy}.", now))
            : NotNow(state, "Moving");

    static MigrationTriggered Triggered(TrainingJob state, MigrationTrigger trigger, int fromEpoch, string reason, DateTimeOffset now) =>
        new(state.Id, state.Changeovers + 1, trigger, fromEpoch, reason, now);

    static Decision RecordTerminated(TrainingJob state, RecordInstanceTerminated c, DateTimeOffset now) =>
        state.OfEpoch(c.Epoch) is { Stage: TrainerStage.Leaving }
            ? Decision.Accept(new OldInstanceTerminated(state.Id, c.Epoch, c.InstanceId, now))
            : Decision.Nothing;

    static Decision Conclude(TrainingJob state, DateTimeOffset now)
    {
        if (state.IsOver || state.Ending is not { } ending || state.Trainers.Any(t => t.Stage is not TrainerStage.Gone))
            return Decision.Nothing;
        return Decision.Accept(ending switch
        {
            JobStatus.Completed => Completed(state, now),
            JobStatus.Cancelled => new JobCancelled(state.Id, state.EndedBy!, state.EndReason!, now),
            _ => new JobFailed(state.Id, state.EndReason!, now),
        });
    }

    static JobCompleted Completed(TrainingJob state, DateTimeOffset now)
    {
        var began = state.Trainers.Min(t => t.ProvisionedAt);
        var hours = began is { } from && state.FinishedAt is { } until ? (decimal)(until - from).TotalHours : 0m;
        return new JobCompleted(state.Id, state.Iterations, state.Loss, state.LossHex, state.Migrations,
            decimal.Round(state.Trainers.Sum(t => t.PaidUsd(now)), 6), decimal.Round(state.OnDemandHourlyUsd * hours, 6), now);
    }

    static Decision NotNow(TrainingJob state, string what) =>
        Decision.Refuse("wrong_status", $"{what} is not possible while the job is {state.Status.ToString().ToLowerInvariant()}; `optiinfra jobs show {state.Id}` shows where it stands.");
}
