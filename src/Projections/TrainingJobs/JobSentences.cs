using OptiInfra.Contracts.LiveMigrations;
using static OptiInfra.Projections.TimelineSentences;

namespace OptiInfra.Projections;

/// <summary>Each event of a training job as one sentence.</summary>
static class JobSentences
{
    /// <returns>Null for what is no event of a job.</returns>
    public static string? Of(object @event) => @event switch
    {
        JobSubmitted e => Text($"{e.SubmittedBy} submitted the job {e.Spec.Name}: about {e.Spec.EstimatedHours:0.##} hours{(e.Spec.Deadline is { } at ? $", to be done by {Time(at)}" : "")}, checkpoints in s3://{e.Spec.Bucket}/{e.Prefix}."),
        ScoutWaits e => $"The scout waits: {Closed(string.Join("; ", e.Reasons))}",
        ScoutingStarted e => $"The scout looks for a place: {Closed(e.Reason)}",
        OfferFound e => $"The scout chose {e.Pool} at {HourlyUsd(e.HourlyUsd)}{Because(e.Reasons)}",
        BetterOfferFound e => $"The scout found a better place, {e.Pool} at {HourlyUsd(e.HourlyUsd)} ({Percent(e.SavingFraction)} less an hour{(e.ExpectedSavingUsd is { } saving ? $", {SmallUsd(saving)} expected in all" : "")}){Because(e.Reasons)}",
        MigrationTriggered e => $"Changeover {Number(e.Number)} away from trainer {Number(e.FromEpoch)} began ({Words(e.Trigger)}): {Closed(e.Reason)}",
        CheckpointSaved e => $"{(e.Requested ? "The checkpoint before the move" : "A checkpoint")} is saved: step {Number(e.Checkpoint.Step)} of {Number(e.Iterations)} by trainer {Number(e.Checkpoint.Epoch)}{Loss(LossText.Read(e.Checkpoint.LossHex))}.",
        ProvisioningStarted e => $"Trainer {Number(e.Epoch)} is to be launched in {e.Pool} at {HourlyUsd(e.HourlyUsd)}.",
        InstanceProvisioned e => $"{e.InstanceId} was launched for trainer {Number(e.Epoch)}.",
        ProvisioningFailed e => $"Trainer {Number(e.Epoch)} in {e.Pool} came to nothing: {e.ErrorCode}, {Closed(e.Reason)}",
        TrainerReady { ResumedFrom: { } from } e => $"Trainer {Number(e.Epoch)} stands by at {e.Address}, resumed from step {Number(from.Step)} to the loss that was saved there.",
        TrainerReady e => $"Trainer {Number(e.Epoch)} stands by at {e.Address}, at the beginning.",
        EndpointSwitchRequested { Back: true } e => $"The endpoint is to go back to trainer {Number(e.Epoch)} at {e.Address}.",
        EndpointSwitchRequested e => $"The endpoint is to lead to trainer {Number(e.Epoch)} at {e.Address}.",
        EndpointSwitched e => $"The endpoint leads {(e.Back ? "back " : "")}to trainer {Number(e.Epoch)} at {e.Address}.",
        TakeOverRequested e => $"Trainer {Number(e.Epoch)} is to take over{(e.FromEpoch is { } from ? $" from trainer {Number(from)}" : "")}.",
        TrainingStarted e => $"Training began: trainer {Number(e.Epoch)} on {e.InstanceId}.",
        TrainingResumed e => $"Trainer {Number(e.Epoch)} on {e.InstanceId} took over at step {Number(e.Step)}, {(e.LostSteps == 0 ? "nothing lost" : $"{Count(e.LostSteps, "step")} lost")}, {Text($"{e.Parts.Total:0.#}")} s after the changeover began.",
        TrainerFenced e => $"Trainer {Number(e.Epoch)} on {e.InstanceId} is fenced: trainer {Number(e.ByEpoch)} holds the job.",
        MigrationAbandoned e => $"Changeover {Number(e.Number)} was given up, the trainer that worked before goes on: {Closed(e.Reason)}",
        TrainerInterrupted e => $"The cloud takes {e.InstanceId} of trainer {Number(e.Epoch)} in {e.Pool} back: {Closed(e.Evidence)}",
        TrainerLost e => $"Trainer {Number(e.Epoch)}{(e.InstanceId is { } id ? $" on {id}" : "")} is lost, last seen at step {Number(e.LastStep)}: {Closed(e.Evidence)}",
        OldInstanceTerminated e => e.InstanceId is { } id ? $"{id} of trainer {Number(e.Epoch)} is gone." : $"Nothing is left of trainer {Number(e.Epoch)}; no instance had been made.",
        TrainingFinished e => $"Training is done: step {Number(e.Step)}{Loss(e.Loss)}.",
        JobCompleted e => $"Complete after {Count(e.Migrations, "move")}: {SmallUsd(e.PaidUsd)} paid, {SmallUsd(e.OnDemandUsd)} on demand.",
        JobStopped e => $"The job does not go on ({Words(e.Ending)}, by {e.By}): {Closed(e.Reason)}",
        JobFailed e => $"Failed: {Closed(e.Reason)}",
        JobCancelled e => $"Cancelled by {e.CancelledBy}: {Closed(e.Reason)}",
        JobAttentionNeeded e => $"The {e.Step} needs a person's look: {Closed(e.Reason)}",
        _ => null,
    };

    /// <summary>What a job costs may be less than a cent.</summary>
    static string SmallUsd(decimal amount) => Text($"{amount:0.00##} USD");

    static string Because(IReadOnlyList<string> reasons) => reasons.Count == 0 ? "." : ": " + Closed(string.Join("; ", reasons));

    static string Loss(double? loss) => loss is { } known ? Text($", loss {known:G6}") : "";
}
