using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Commands.Tests;

/// <summary>Commands as values.</summary>
public static class EveryCommand
{
    static readonly MigrationPlan Plan = A.Plan(10);

    /// <summary>One or more of every kind, each such that it does something in some stage.</summary>
    public static IReadOnlyList<ISpotMigrationCommand> Examples() =>
    [
        new RequestMigration(A.Id, "acme", "pat", new FleetSelector(), new MigrationPolicy()),
        new StartAnalysis(A.Id),
        A.Analysis(10),
        new FailAnalysis(A.Id, "no instance matches"),
        new RequestVotes(A.Id),
        new RecordBaseline(A.Id, [A.Window(A.Instance(1))], []),
        A.Vote("cost", Plan),
        A.Vote("resource", Plan, approved: false, A.Instance(1)),
        new CloseVoting(A.Id),
        new ApproveMigration(A.Id, PlanHash.Of(Plan), "chris"),
        new RejectMigration(A.Id, "chris", "no"),
        new ExpireApproval(A.Id),
        new StartPhase(A.Id, 1),
        new StartPhase(A.Id, 2),
        new StartPhase(A.Id, 4),
        new StartInstanceMigration(A.Id, A.Instance(1), 1, A.Pool(1), A.SpotHourlyUsd(1)),
        new StartInstanceMigration(A.Id, A.Instance(1), 2, A.Pool(1, 1), A.SpotHourlyUsd(1, 1)),
        new RecordReplacementLaunched(A.Id, A.Instance(1), 1, A.Replacement(1)),
        new RecordLaunchFailed(A.Id, A.Instance(1), 1, null, "InsufficientInstanceCapacity", "none"),
        new RecordInstanceMigrated(A.Id, A.Instance(1), 1, A.Replacement(1)),
        new FailInstanceMigration(A.Id, A.Instance(1), "no pool"),
        new ReportInterruption(A.Id, A.Instance(1), A.Replacement(1), null, "notice"),
        new ReturnToOnDemand(A.Id, A.Instance(1), "no other pool"),
        new CompletePhase(A.Id, 1),
        new OpenQualityWindow(A.Id, 1, [A.Snapshot(A.Replacement(1), Spec.Noon)], []),
        new RequestQualityCheck(A.Id, 1),
        new RecordQuality(A.Id, 1, 1, [A.Window(A.Replacement(1))], []),
        new ResumeMigration(A.Id, "pat"),
        new CancelMigration(A.Id, "pat", "changed my mind"),
        new RecordInstanceRolledBack(A.Id, A.Instance(1), [A.Replacement(1)], A.Instance(1)),
        new ConcludeRollback(A.Id, []),
        new RecordInstanceRetired(A.Id, A.Instance(1), A.Replacement(1), 0.05m),
        new CompleteMigration(A.Id),
        .. Enum.GetValues<WaitingFor>().Select(w => new TimeOut(A.Id, w, 1)),
        new ReportAttentionNeeded(A.Id, "rollback", "the API refuses"),
    ];
}
