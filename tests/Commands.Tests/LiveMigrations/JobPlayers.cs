using OptiInfra.Commands.LiveMigrations;
using OptiInfra.Contracts.LiveMigrations;

namespace OptiInfra.Commands.Tests.LiveMigrations;

/// <summary>What saga, agents and people would do next with a job; the first leads on.</summary>
static class JobPlayers
{
    const int Stride = 50;

    public static IReadOnlyList<ILiveMigrationCommand> Next(TrainingJob s)
    {
        if (s.IsOver)
            return [];
        return [.. s.IsLive ? OfLive(s) : [], .. OfLeaving(s), new ConcludeJob(s.Id)];
    }

    static IEnumerable<ILiveMigrationCommand> OfLive(TrainingJob s)
    {
        if (s.SwitchingTo is { } switching && (s.Coming is not { } c || c.Epoch == switching))
        {
            yield return new RecordEndpointSwitched(s.Id, switching, AJob.Address(switching));
            yield return new RecordEndpointSwitchFailed(s.Id, switching, "no proxy answers");
        }

        foreach (var command in s.Coming is { } coming ? OfComing(s, coming) : OfPlace(s))
            yield return command;
        if (s.Working is { } working)
        {
            foreach (var command in OfWorking(s, working))
                yield return command;
        }
    }

    static IEnumerable<ILiveMigrationCommand> OfPlace(TrainingJob s)
    {
        if (s.Changeover is { AwaitsCheckpoint: true } && s.WorkingEpoch is { } epoch)
        {
            yield return new RecordRequestedCheckpoint(s.Id, epoch, AJob.Checkpoint(NextStep(s), epoch), AJob.Iterations);
            yield return new RecordCheckpointRefused(s.Id, epoch, "S3 says 503");
            yield return new TimeOutJob(s.Id, JobWait.Checkpoint, epoch);
        }

        if (s.Offer is not null)
            yield return new StartProvisioning(s.Id);
        else if (s.NeedsPlace)
        {
            yield return AJob.Place;
            if (s.WorkingEpoch is null)
                yield return new StartScouting(s.Id);
        }
    }

    static IEnumerable<ILiveMigrationCommand> OfComing(TrainingJob s, Trainer coming)
    {
        var epoch = coming.Epoch;
        switch (coming.Stage)
        {
            case TrainerStage.Starting:
                yield return new RecordInstanceProvisioned(s.Id, epoch, AJob.Instance(epoch));
                yield return new RecordProvisioningFailed(s.Id, epoch, null, "InsufficientInstanceCapacity", "none");
                break;
            case TrainerStage.Launched:
                yield return new RecordTrainerReady(s.Id, epoch, AJob.Instance(epoch), AJob.Address(epoch), AJob.Standby(epoch, s.Checkpoint));
                yield return new RecordTrainerReady(s.Id, epoch, AJob.Instance(epoch), AJob.Address(epoch), AJob.Standby(epoch));
                break;
            case TrainerStage.Ready when s.TakingOver is null:
                yield return new RequestEndpointSwitch(s.Id, epoch);
                break;
            case TrainerStage.Ready:
                yield return new RecordTakeOver(s.Id, epoch, AJob.Report(epoch, s.Checkpoint?.Step ?? 0, checkpoint: s.Checkpoint), (s.Checkpoint?.Step ?? 0) + 7);
                yield return new RecordTakeOverFailed(s.Id, epoch, "it does not answer");
                break;
        }

        yield return new TimeOutJob(s.Id, JobWait.Launch, epoch);
        yield return new TimeOutJob(s.Id, JobWait.Switch, epoch);
        yield return new TimeOutJob(s.Id, JobWait.TakeOver, epoch);
        yield return new ReportTrainerLost(s.Id, epoch, Gone: true, 0, "terminated");
    }

    static IEnumerable<ILiveMigrationCommand> OfWorking(TrainingJob s, Trainer working)
    {
        var (epoch, step) = (working.Epoch, NextStep(s));
        yield return step < AJob.Iterations
            ? new RecordTrainerSeen(s.Id, epoch, AJob.Report(epoch, step, checkpoint: AJob.Checkpoint(step, epoch)))
            : new RecordTrainerSeen(s.Id, epoch, AJob.Report(epoch, AJob.Iterations, "completed", AJob.Checkpoint(AJob.Iterations, epoch)));
        yield return AJob.Better(epoch);
        yield return new ReportTrainerLost(s.Id, epoch, Gone: false, step, "notice");
        yield return new ReportTrainerLost(s.Id, epoch, Gone: true, step, "silent");
        yield return new MigrateNow(s.Id, "kim");
        yield return new RecordTrainerSeen(s.Id, epoch, AJob.Report(epoch, step, "fenced"));
    }

    static IEnumerable<ILiveMigrationCommand> OfLeaving(TrainingJob s) => s.Trainers.Where(t => t.Stage is TrainerStage.Leaving).SelectMany(t => (ILiveMigrationCommand[])
    [
        new RecordInstanceTerminated(s.Id, t.Epoch, t.InstanceId),
        new TimeOutJob(s.Id, JobWait.Retirement, t.Epoch),
    ]);

    static int NextStep(TrainingJob s) => Math.Min((s.Checkpoint?.Step ?? 0) + Stride, AJob.Iterations);
}
