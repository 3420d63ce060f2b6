using System.Globalization;
using OptiInfra.Contracts.LiveMigrations;

namespace OptiInfra.Commands.LiveMigrations;

// endpoint, takeover, and the trainer that works
public static partial class TrainingJobDecider
{
    static Decision RequestSwitch(TrainingJob state, RequestEndpointSwitch c, DateTimeOffset now) =>
        state.ComingEpoch == c.Epoch && state.SwitchingTo != c.Epoch && state.EndpointEpoch != c.Epoch && state.Coming is { Stage: TrainerStage.Ready, Address: { } address }
            ? Decision.Accept(new EndpointSwitchRequested(state.Id, c.Epoch, address, Back: false, now))
            : Decision.Nothing;

    static Decision RecordSwitched(TrainingJob state, RecordEndpointSwitched c, DateTimeOffset now)
    {
        if (!state.IsLive || state.SwitchingTo != c.Epoch || state.OfEpoch(c.Epoch) is not { Address: { } address } trainer)
            return Decision.Nothing;
        return trainer.Stage is TrainerStage.Ready && state.TakingOver is null
            ? Decision.Accept(new EndpointSwitched(state.Id, c.Epoch, address, Back: false, now), TakeOver(state, trainer, now))
            : Decision.Accept(new EndpointSwitched(state.Id, c.Epoch, address, Back: trainer.Stage is TrainerStage.Working && state.EndpointEpoch >= c.Epoch, now));
    }

    static TakeOverRequested TakeOver(TrainingJob state, Trainer coming, DateTimeOffset now) => new(state.Id, coming.Epoch, coming.Address!, state.WorkingEpoch, now);

    /// <summary>
    /// While a trainer works that can be kept, a switch that does not succeed undoes the changeover. Otherwise training matters
    /// more than the endpoint: the new trainer takes over, and the switch is tried on.
    /// </summary>
    static Decision SwitchFailed(TrainingJob state, int epoch, string reason, DateTimeOffset now)
    {
        if (!state.IsLive || state.SwitchingTo != epoch)
            return Decision.Nothing;
        var attention = new JobAttentionNeeded(state.Id, "endpoint", $"The endpoint cannot be switched to epoch {epoch.ToString(CultureInfo.InvariantCulture)} and is tried on: {reason}", now);
        if (state.ComingEpoch != epoch || state.TakingOver is not null)
            return Decision.Accept(attention);
        return state.Working is { IsInterrupted: false }
            ? LaunchFailed(state, epoch, null, "endpoint_not_switched", reason, now)
            : Decision.Accept(attention, TakeOver(state, state.Coming!, now));
    }

    static Decision RecordTakeOver(TrainingJob state, RecordTakeOver c, DateTimeOffset now)
    {
        if (!state.IsLive || state.ComingEpoch != c.Epoch || state.TakingOver != c.Epoch)
            return Decision.Nothing;
        var trainer = state.Coming!;
        if (c.Report.Epoch != c.Epoch || c.Report.State is "standby" or "fenced" or "starting")
            return Decision.Refuse("not_taken_over", $"The trainer of epoch {c.Epoch.ToString(CultureInfo.InvariantCulture)} says that it is {c.Report.State} in epoch {c.Report.Epoch.ToString(CultureInfo.InvariantCulture)}; it has not taken over.");
        List<object> events = [];
        // what it resumed from was written by the one before
        if (NewCheckpoint(state, c.Report) is { } checkpoint)
            events.Add(new CheckpointSaved(state.Id, checkpoint, c.Report.Iterations, Requested: false, now));
        if (state.Changeover is not { } changeover)
        {
            events.Add(new TrainingStarted(state.Id, c.Epoch, trainer.InstanceId!, now));
        }
        else
        {
            if (state.Working is { } old)
                events.Add(new TrainerFenced(state.Id, old.Epoch, old.InstanceId!, c.Epoch, now));
            events.Add(new TrainingResumed(state.Id, changeover.Number, c.Epoch, trainer.InstanceId!, c.Report.Step,
                Math.Max(0, Math.Max(c.FinalStep, changeover.LastStep) - c.Report.Step), Parts(changeover, trainer, now), now));
        }

        return Decision.Accept(events);
    }

    static ChangeoverParts Parts(Changeover changeover, Trainer trainer, DateTimeOffset now)
    {
        var checkpoint = changeover.CheckpointAt ?? changeover.TriggeredAt;
        var provisioned = trainer.ProvisionedAt ?? trainer.StartedAt;
        var ready = trainer.ReadyAt ?? provisioned;
        var switched = changeover.SwitchedAt is { } at && at > ready ? at : ready;
        return new ChangeoverParts(
            Seconds(changeover.TriggeredAt, checkpoint), Seconds(trainer.StartedAt, provisioned), Seconds(provisioned, ready),
            Seconds(ready, switched), Seconds(switched, now), Seconds(changeover.TriggeredAt, now));

        static double Seconds(DateTimeOffset from, DateTimeOffset to) => Math.Round((to - from).TotalSeconds, 3);
    }

    static Decision RecordSeen(TrainingJob state, RecordTrainerSeen c, DateTimeOffset now)
    {
        if (!state.IsLive || state.WorkingEpoch != c.Epoch)
            return Decision.Nothing;
        var report = c.Report;
        List<object> events = [];
        if (NewCheckpoint(state, report) is { } checkpoint)
            events.Add(new CheckpointSaved(state.Id, checkpoint, report.Iterations, Requested: false, now));
        if (report.State is "completed")
            events.Add(new TrainingFinished(state.Id, c.Epoch, report.Step, report.Loss, report.LossHex, now));
        else if (report.State is "fenced")
            events.AddRange(Lost(state, report.Step, "The trainer says that it is fenced: another one holds the job's epoch.", now));
        else if (report.Notice && state.Working is { IsInterrupted: false })
            events.AddRange(Interrupted(state, "The trainer has seen the cloud's interruption notice.", now));
        return Decision.Accept(events);
    }

    /// <summary>
    /// The checkpoint that a trainer tells of, where the job does not know it yet. One of a later epoch counts even if it is of an
    /// earlier step: its trainer could not read what was known, and trains again from before.
    /// </summary>
    static TrainerCheckpoint? NewCheckpoint(TrainingJob state, TrainerReport report) =>
        report.Checkpoint is { } told && told.Manifest != state.Checkpoint?.Manifest
            && (state.Checkpoint is not { } known || told.Epoch > known.Epoch || (told.Epoch == known.Epoch && told.Step >= known.Step)) ? told : null;

    static Decision ReportLost(TrainingJob state, ReportTrainerLost c, DateTimeOffset now)
    {
        if (!state.IsLive)
            return Decision.Nothing;
        if (state.ComingEpoch == c.Epoch)
            return c.Gone ? LaunchFailed(state, c.Epoch, null, "trainer_lost", c.Evidence, now) : Decision.Nothing;
        if (state.WorkingEpoch != c.Epoch)
            return Decision.Nothing;
        return c.Gone ? Decision.Accept([.. Lost(state, c.LastStep, c.Evidence, now)])
            : state.Working!.IsInterrupted ? Decision.Nothing
            : Decision.Accept([.. Interrupted(state, c.Evidence, now)]);
    }

    static IEnumerable<object> Interrupted(TrainingJob state, string evidence, DateTimeOffset now)
    {
        var working = state.Working!;
        yield return new TrainerInterrupted(state.Id, working.Epoch, working.InstanceId!, working.Pool, evidence, now);
        // one that waits for a checkpoint, or for an offer, need not any more: the trainer saves by itself, and time is short
        if (state.Changeover is null or { AwaitsCheckpoint: true })
            yield return Triggered(state, MigrationTrigger.Interruption, working.Epoch, evidence, now);
    }

    static IEnumerable<object> Lost(TrainingJob state, int lastStep, string evidence, DateTimeOffset now)
    {
        var working = state.Working!;
        if (state.Changeover is null)
            yield return Triggered(state, MigrationTrigger.Lost, working.Epoch, evidence, now);
        yield return new TrainerLost(state.Id, working.Epoch, working.InstanceId, working.Pool, lastStep, evidence, now);
        if (state.ComingEpoch is null && state.Offer is null)
            yield return Scouting(state, evidence, now);
    }

    static Decision TimeOut(TrainingJob state, TimeOutJob c, DateTimeOffset now) => c.WaitingFor switch
    {
        JobWait.Checkpoint => CheckpointRefused(state, c.Epoch, $"the trainer did not answer within {state.Spec.Policy.CheckpointTimeout}.", now),
        JobWait.Launch when state.ComingEpoch == c.Epoch && state.Coming is { Stage: TrainerStage.Starting or TrainerStage.Launched } =>
            LaunchFailed(state, c.Epoch, null, "not_ready", $"No trainer was ready {state.Spec.Policy.LaunchTimeout} after its launch.", now),
        JobWait.Switch => SwitchFailed(state, c.Epoch, $"not done within {state.Spec.Policy.HandoverTimeout}.", now),
        JobWait.TakeOver when state.TakingOver == c.Epoch =>
            LaunchFailed(state, c.Epoch, null, "take_over_failed", $"The trainer had not taken over {state.Spec.Policy.HandoverTimeout} after it was asked to.", now),
        JobWait.Retirement when !state.IsOver && state.Trainers.FirstOrDefault(t => t.Stage is TrainerStage.Leaving) is { } left =>
            Decision.Accept(new JobAttentionNeeded(state.Id, "retirement", $"{left.InstanceId ?? left.ClientToken} should be gone {state.Spec.Policy.RetirementTimeout} after it was told to; it is tried on.", now)),
        _ => Decision.Nothing,
    };
}
