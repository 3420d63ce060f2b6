using System.Globalization;
using OptiInfra.Contracts.LiveMigrations;

namespace OptiInfra.Commands.LiveMigrations;

// finding a place and launching there
public static partial class TrainingJobDecider
{
    static Decision StartScouting(TrainingJob state, DateTimeOffset now) =>
        state is { IsLive: true, WorkingEpoch: null, ComingEpoch: null, Offer: null } && state.Status is not JobStatus.Scouting
            ? Decision.Accept(Scouting(state, state.Trainers.IsEmpty ? "The job is new." : "The job has no trainer.", now))
            : Decision.Nothing;

    static ScoutingStarted Scouting(TrainingJob state, string reason, DateTimeOffset now) => new(state.Id, reason, now);

    static Decision Propose(TrainingJob state, ProposeOffer c, DateTimeOffset now)
    {
        if (!state.IsLive || state.ComingEpoch is not null || state.Offer is not null)
            return Decision.Nothing;
        if (state.NeedsPlace)
            return Decision.Accept(new OfferFound(state.Id, c.Pool, c.HourlyUsd, c.Observed, c.Reasons, now));
        if (c.FromEpoch is null || c.FromEpoch != state.WorkingEpoch)
            return Decision.Nothing;
        var saving = c.Observed.Job.HourlyUsd > 0 ? 1 - (double)(c.HourlyUsd / c.Observed.Job.HourlyUsd) : 0;
        return Decision.Accept(
            new BetterOfferFound(state.Id, c.FromEpoch.Value, c.Pool, c.HourlyUsd, saving, c.ExpectedSavingUsd, c.Observed, c.Reasons, now),
            Triggered(state, MigrationTrigger.BetterOffer, c.FromEpoch.Value, c.Reasons.Count > 0 ? c.Reasons[0] : "A better offer.", now));
    }

    static Decision RecordRequestedCheckpoint(TrainingJob state, RecordRequestedCheckpoint c, DateTimeOffset now) =>
        state is { IsLive: true, Changeover.AwaitsCheckpoint: true } && state.WorkingEpoch == c.Epoch
            ? Decision.Accept(new CheckpointSaved(state.Id, c.Checkpoint, c.Iterations, Requested: true, now))
            : Decision.Nothing;

    static Decision CheckpointRefused(TrainingJob state, int epoch, string reason, DateTimeOffset now) =>
        state is { IsLive: true, Changeover: { AwaitsCheckpoint: true } changeover } && changeover.FromEpoch == epoch
            ? Decision.Accept(new MigrationAbandoned(state.Id, changeover.Number, "No checkpoint before the move: " + reason, now))
            : Decision.Nothing;

    static Decision StartProvisioning(TrainingJob state, DateTimeOffset now)
    {
        if (!state.IsLive || state.ComingEpoch is not null || state.Offer is not { } offer || state.Changeover is { AwaitsCheckpoint: true })
            return Decision.Nothing;
        var epoch = state.Trainers.Count + 1;
        return Decision.Accept(new ProvisioningStarted(state.Id, epoch, offer.Pool, offer.HourlyUsd, SpotMigrations.ClientToken.For(state.Id, "trainer", epoch, offer.Pool), now));
    }

    static Decision RecordProvisioned(TrainingJob state, RecordInstanceProvisioned c, DateTimeOffset now)
    {
        if (state.OfEpoch(c.Epoch) is not { } trainer)
            return Decision.Refuse("stale_epoch", $"The job has launched no trainer of epoch {c.Epoch}.");
        if (trainer.InstanceId == c.InstanceId)
            return Decision.Nothing;
        return state.ComingEpoch == c.Epoch && trainer.Stage is TrainerStage.Starting
            ? Decision.Accept(new InstanceProvisioned(state.Id, c.Epoch, c.InstanceId, now))
            : Decision.Refuse("stale_epoch", $"Epoch {c.Epoch} is {trainer.Stage.ToString().ToLowerInvariant()} and is not waited for; terminate {c.InstanceId}.");
    }

    /// <summary>
    /// The launch on its way comes to nothing. A trainer that works keeps its job and its endpoint; a job without one, or whose
    /// trainer has to leave, looks for another place.
    /// </summary>
    static Decision LaunchFailed(TrainingJob state, int epoch, string? instanceId, string code, string reason, DateTimeOffset now)
    {
        var trainer = state.Trainers[epoch - 1];
        List<object> events = [new ProvisioningFailed(state.Id, epoch, trainer.Pool, instanceId ?? trainer.InstanceId, code, reason, now)];
        var tooMany = state.FailedLaunches + 1 >= state.Spec.Policy.MaxFailedLaunches;
        if (state.Working is { } working)
        {
            var stays = state.Changeover is { Trigger: MigrationTrigger.BetterOffer or MigrationTrigger.Requested } && !working.IsInterrupted;
            if (state.Changeover is { } changeover && (stays || tooMany))
                events.Add(new MigrationAbandoned(state.Id, changeover.Number, reason, now));
            if ((state.EndpointEpoch == epoch || state.SwitchingTo == epoch) && working.Address is { } address)
                events.Add(new EndpointSwitchRequested(state.Id, working.Epoch, address, Back: true, now));
        }
        else
        {
            events.Add(tooMany
                ? new JobStopped(state.Id, JobStatus.Failed, "optiinfra", string.Create(CultureInfo.InvariantCulture, $"{state.FailedLaunches + 1} launches in a row came to nothing; the last: {reason}"), now)
                : Scouting(state, reason, now));
        }

        return Decision.Accept(events);
    }

    static Decision RecordReady(TrainingJob state, RecordTrainerReady c, DateTimeOffset now)
    {
        if (state.ComingEpoch != c.Epoch || state.Coming is not { Stage: TrainerStage.Launched } coming || coming.InstanceId != c.InstanceId)
            return Decision.Nothing;
        return NotProven(state, c) is { } why
            ? LaunchFailed(state, c.Epoch, c.InstanceId, "not_proven", why, now)
            : Decision.Accept(new TrainerReady(state.Id, c.Epoch, c.InstanceId, c.Address, c.Report.ResumedFrom, now));
    }

    /// <summary>Why a trainer in standby cannot be trusted with the job; null when it can.</summary>
    static string? NotProven(TrainingJob state, RecordTrainerReady c)
    {
        if (c.Report.Epoch != c.Epoch)
            return string.Create(CultureInfo.InvariantCulture, $"The trainer at {c.Address} says that its epoch is {c.Report.Epoch}; it was launched with {c.Epoch}.");
        // without another one there is nothing to keep: what could be read is the best there is
        if (state.Working is null || state.Coming!.LaunchedAfter is not { } known)
            return null;
        if (c.Report.ResumedFrom is not { } resumed)
            return string.Create(CultureInfo.InvariantCulture, $"The trainer at {c.Address} began anew; step {known.Step} is saved ({known.Manifest}).");
        if (resumed.Step < known.Step)
            return string.Create(CultureInfo.InvariantCulture, $"The trainer at {c.Address} resumed at step {resumed.Step}; step {known.Step} is saved ({known.Manifest}).");
        // the trainer that works goes on saving meanwhile: a later checkpoint is as good, and compared where it is known
        if (resumed.Manifest == state.Checkpoint?.Manifest)
            known = state.Checkpoint;
        return resumed.Manifest == known.Manifest && known.LossHex is { } loss && loss != resumed.LossHex
            ? $"The trainer at {c.Address} resumed from {resumed.Manifest} to the loss {resumed.LossHex}; it was saved with {loss}."
            : null;
    }
}
