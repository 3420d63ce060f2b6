using OptiInfra.Contracts.Access;

namespace OptiInfra.Contracts.LiveMigrations;

/// <summary>A command to one training job.</summary>
public interface ILiveMigrationCommand : ICommand
{
    Guid JobId { get; }

    Guid ICommand.StreamId => JobId;
}

// by a person
/// <param name="Submitter">Who was signed in; null at the command line of the machine.</param>
public sealed record SubmitJob(Guid JobId, string CustomerId, string SubmittedBy, TrainingJobSpec Spec, SignedInPerson? Submitter = null) : ILiveMigrationCommand;
/// <summary>Move now to the best offer elsewhere, whether it pays or not.</summary>
public sealed record MigrateNow(Guid JobId, string RequestedBy) : ILiveMigrationCommand;
public sealed record CancelJob(Guid JobId, string CancelledBy, string Reason) : ILiveMigrationCommand;

// by the scout
/// <summary>A place for a job that runs on nothing, or, where <paramref name="FromEpoch"/> is given, a better one than that trainer's.</summary>
/// <param name="Observed">What the scout saw; its decision can be made again from it.</param>
/// <param name="Requested">A person asked for the move.</param>
public sealed record ProposeOffer(
    Guid JobId,
    int? FromEpoch,
    CapacityPool Pool,
    decimal HourlyUsd,
    decimal? ExpectedSavingUsd,
    ScoutObservation Observed,
    IReadOnlyList<string> Reasons,
    bool Requested = false) : ILiveMigrationCommand;

/// <summary>To wait for a place is better now than any there is.</summary>
public sealed record RecordScoutWaits(Guid JobId, ScoutObservation Observed, IReadOnlyList<string> Reasons) : ILiveMigrationCommand;

// by the training agent
public sealed record RecordInstanceProvisioned(Guid JobId, int Epoch, string InstanceId) : ILiveMigrationCommand;
public sealed record RecordProvisioningFailed(Guid JobId, int Epoch, string? InstanceId, string ErrorCode, string Reason) : ILiveMigrationCommand;
/// <summary>A trainer in standby that answered; whether it is the right state, the job's record decides.</summary>
public sealed record RecordTrainerReady(Guid JobId, int Epoch, string InstanceId, string Address, TrainerReport Report) : ILiveMigrationCommand;
/// <summary>The trainer that works, as it was seen: its progress and checkpoints, an interruption notice, its end.</summary>
public sealed record RecordTrainerSeen(Guid JobId, int Epoch, TrainerReport Report) : ILiveMigrationCommand;
/// <summary>The cloud takes it back (<paramref name="Gone"/> false: it still works), or it is gone.</summary>
public sealed record ReportTrainerLost(Guid JobId, int Epoch, bool Gone, int LastStep, string Evidence) : ILiveMigrationCommand;
/// <summary>The checkpoint that was asked for before a move.</summary>
public sealed record RecordRequestedCheckpoint(Guid JobId, int Epoch, TrainerCheckpoint Checkpoint, int Iterations) : ILiveMigrationCommand;
public sealed record RecordCheckpointRefused(Guid JobId, int Epoch, string Reason) : ILiveMigrationCommand;
public sealed record RecordEndpointSwitched(Guid JobId, int Epoch, string Address) : ILiveMigrationCommand;
public sealed record RecordEndpointSwitchFailed(Guid JobId, int Epoch, string Reason) : ILiveMigrationCommand;
/// <summary>The new trainer has taken over in the bucket.</summary>
/// <param name="Report">As it said then.</param>
/// <param name="FinalStep">Where the trainer before was last seen; 0 where there was none.</param>
public sealed record RecordTakeOver(Guid JobId, int Epoch, TrainerReport Report, int FinalStep) : ILiveMigrationCommand;
/// <summary>The new trainer would not or could not take over.</summary>
public sealed record RecordTakeOverFailed(Guid JobId, int Epoch, string Reason) : ILiveMigrationCommand;
public sealed record RecordInstanceTerminated(Guid JobId, int Epoch, string? InstanceId) : ILiveMigrationCommand;
public sealed record ReportJobAttention(Guid JobId, string Step, string Reason) : ILiveMigrationCommand;

// by the saga
public sealed record StartScouting(Guid JobId) : ILiveMigrationCommand;
/// <summary>Launches a trainer in the pool that was found last, if the job still wants one.</summary>
public sealed record StartProvisioning(Guid JobId) : ILiveMigrationCommand;
public sealed record RequestEndpointSwitch(Guid JobId, int Epoch) : ILiveMigrationCommand;
/// <summary>Something did not happen in time.</summary>
public sealed record TimeOutJob(Guid JobId, JobWait WaitingFor, int Epoch) : ILiveMigrationCommand;
/// <summary>Ends the job if all it had is gone; does nothing otherwise.</summary>
public sealed record ConcludeJob(Guid JobId) : ILiveMigrationCommand;

public enum JobWait
{
    Checkpoint,
    Launch,
    Switch,
    TakeOver,
    Retirement,
}
