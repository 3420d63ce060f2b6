using OptiInfra.Contracts.LiveMigrations;

namespace OptiInfra.Commands.Tests.LiveMigrations;

/// <summary>Commands to a job as values.</summary>
public static class EveryJobCommand
{
    /// <summary>One or more of every kind, about trainers of one epoch.</summary>
    public static IReadOnlyList<ILiveMigrationCommand> Examples(int epoch = 1, int step = 50) =>
    [
        new SubmitJob(AJob.Id, "acme", "pat", AJob.Spec),
        new StartScouting(AJob.Id),
        AJob.Place,
        AJob.Better(epoch),
        new MigrateNow(AJob.Id, "kim"),
        new CancelJob(AJob.Id, "kim", "changed my mind"),
        new RecordRequestedCheckpoint(AJob.Id, epoch, AJob.Checkpoint(step, epoch), AJob.Iterations),
        new RecordScoutWaits(AJob.Id, AJob.Place.Observed, ["the deadline is far"]),
        new RecordCheckpointRefused(AJob.Id, epoch, "S3 says 503"),
        new StartProvisioning(AJob.Id),
        new RecordInstanceProvisioned(AJob.Id, epoch, AJob.Instance(epoch)),
        new RecordProvisioningFailed(AJob.Id, epoch, null, "InsufficientInstanceCapacity", "none"),
        new RecordTrainerReady(AJob.Id, epoch, AJob.Instance(epoch), AJob.Address(epoch), AJob.Standby(epoch, AJob.Checkpoint(step, epoch))),
        new RequestEndpointSwitch(AJob.Id, epoch),
        new RecordEndpointSwitched(AJob.Id, epoch, AJob.Address(epoch)),
        new RecordEndpointSwitchFailed(AJob.Id, epoch, "no proxy answers"),
        new RecordTakeOver(AJob.Id, epoch, AJob.Report(epoch, step), step),
        new RecordTakeOverFailed(AJob.Id, epoch, "it does not answer"),
        new RecordTrainerSeen(AJob.Id, epoch, AJob.Report(epoch, step, checkpoint: AJob.Checkpoint(step, epoch))),
        new RecordTrainerSeen(AJob.Id, epoch, AJob.Report(epoch, step, "fenced")),
        new RecordTrainerSeen(AJob.Id, epoch, AJob.Report(epoch, step, notice: true)),
        new ReportTrainerLost(AJob.Id, epoch, false, step, "notice"),
        new ReportTrainerLost(AJob.Id, epoch, true, step, "silent"),
        new RecordInstanceTerminated(AJob.Id, epoch, AJob.Instance(epoch)),
        .. Enum.GetValues<JobWait>().Select(w => new TimeOutJob(AJob.Id, w, epoch)),
        new ConcludeJob(AJob.Id),
        new ReportJobAttention(AJob.Id, "launch", "the quota is used up"),
    ];
}
