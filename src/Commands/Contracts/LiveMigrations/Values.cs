namespace OptiInfra.Contracts.LiveMigrations;

public enum JobStatus
{
    /// <summary>Submitted.</summary>
    Pending,
    /// <summary>On no instance: the scout looks for one.</summary>
    Scouting,
    /// <summary>On its way to its first trainer, or to the next after one was lost.</summary>
    Provisioning,
    Running,
    /// <summary>A trainer works, and another place is prepared.</summary>
    Migrating,
    /// <summary>Finished, failed or cancelled; its instances go away.</summary>
    Ending,
    Completed,
    Failed,
    Cancelled,
}

/// <summary>Why a job moves.</summary>
public enum MigrationTrigger
{
    /// <summary>The scout found a better place.</summary>
    BetterOffer,
    /// <summary>The cloud takes the instance back, and has said so.</summary>
    Interruption,
    /// <summary>The instance, or the trainer on it, is gone.</summary>
    Lost,
    /// <summary>A person asked for it.</summary>
    Requested,
}

/// <summary>What a trainer said of a checkpoint.</summary>
/// <param name="Step">From 1.</param>
/// <param name="Epoch">Of the trainer that wrote it.</param>
/// <param name="Manifest">Its key in the bucket.</param>
/// <param name="LossHex">After that step, where the trainer tells it.</param>
public sealed record TrainerCheckpoint(int Step, int Epoch, string Manifest, string? LossHex = null);

/// <summary>What a trainer said of itself.</summary>
/// <param name="State">starting, standby, training, interrupted, stopping, completed or fenced.</param>
/// <param name="Loss">After <paramref name="Step"/> steps; as text in hexadecimal, so that it can be compared to the last digit.</param>
/// <param name="Notice">It has seen an interruption notice.</param>
/// <param name="ResumedFrom">In standby: the checkpoint that it resumed from, with the loss that it found there; null where there was none.</param>
public sealed record TrainerReport(
    string State,
    int Step,
    int Iterations,
    int Epoch,
    double? Loss,
    string? LossHex,
    bool Notice,
    TrainerCheckpoint? Checkpoint,
    ResumedState? ResumedFrom);

/// <param name="LossHex">The loss right after the state was restored.</param>
public sealed record ResumedState(int Step, int Epoch, string Manifest, string LossHex);

/// <summary>How long the parts of a changeover took, in seconds of the platform's clock.</summary>
/// <param name="Checkpoint">From the trigger until a checkpoint was there; 0 where none was asked for.</param>
/// <param name="Launch">From the intent until the cloud had taken the launch.</param>
/// <param name="Boot">From there until the trainer had resumed in standby.</param>
/// <param name="Switch">From there until the endpoint led to it.</param>
/// <param name="TakeOver">From there until it was the job's trainer.</param>
/// <param name="Total">From the trigger until it was the job's trainer.</param>
public sealed record ChangeoverParts(double Checkpoint, double Launch, double Boot, double Switch, double TakeOver, double Total);
