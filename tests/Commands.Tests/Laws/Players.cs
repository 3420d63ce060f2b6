using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Commands.Tests.Laws;

/// <summary>What saga, agents and people would do next to a migration; what leads on comes first.</summary>
public static class Players
{
    static readonly Dictionary<string, int> Numbers = Enumerable.Range(1, 40).ToDictionary(A.Instance);

    /// <summary>Never empty while the migration is not over.</summary>
    /// <returns>Each command with the instant before which it would be too early.</returns>
    public static IReadOnlyList<(ISpotMigrationCommand Command, DateTimeOffset NotBefore)> Next(SpotMigration s, int instances, DateTimeOffset now) =>
        [.. Commands(s, instances, now).Select(c => (c, c is RequestQualityCheck ? s.WindowEndsAt!.Value : now))];

    static IEnumerable<ISpotMigrationCommand> Commands(SpotMigration s, int instances, DateTimeOffset now) => s switch
    {
        { IsOver: true } => [],
        { Status: MigrationStatus.Pending } => [new StartAnalysis(s.Id)],
        { Status: MigrationStatus.Analyzing, Observation: null } => [A.Analysis(instances, refused: 1)],
        { Status: MigrationStatus.Analyzing } => [new RequestVotes(s.Id)],
        { Status: MigrationStatus.Coordinating } => Voting(s),
        { Status: MigrationStatus.AwaitingApproval, ApprovedBy: null } => now >= s.ApprovalExpiresAt
            ? [new ExpireApproval(s.Id)]
            : [new ApproveMigration(s.Id, s.PlanHash!, "chris"), new RejectMigration(s.Id, "chris", "not now")],
        { Status: MigrationStatus.AwaitingApproval } => [new StartPhase(s.Id, 1)],
        { Status: MigrationStatus.RollingBack } => RollingBack(s),
        { Stage: PhaseStage.Retiring } => Retiring(s),
        _ => [.. Unsettled(s).SelectMany(m => Moving(s, m)), .. Staged(s), .. Interruptions(s)],
    };

    static IEnumerable<ISpotMigrationCommand> Voting(SpotMigration s)
    {
        if (!s.BaselineTaken)
            yield return new RecordBaseline(s.Id, [.. s.Plan!.Moves.Select(m => A.Window(m.InstanceId))], []);
        foreach (var voter in s.Policy.Voters.Where(v => !s.Votes.ContainsKey(v)))
        {
            var vote = A.Vote(voter, s.Plan!) with { PlanHash = s.PlanHash! };
            yield return vote;
            yield return vote with { Approved = false, InstanceIds = [s.Plan!.Moves[^1].InstanceId], Concerns = ["this one not"] };
        }

        yield return new CloseVoting(s.Id);
    }

    static IEnumerable<Move> Unsettled(SpotMigration s) => s.Moves.Values.Where(m => !m.IsSettled).OrderBy(m => m.InstanceId, StringComparer.Ordinal);

    static IEnumerable<ISpotMigrationCommand> Moving(SpotMigration s, Move m)
    {
        var attempt = m.Attempts.Count;
        var candidates = s.Planned(m.InstanceId)!.Candidates;
        switch (m.Status)
        {
            case MoveStatus.Waiting or MoveStatus.Interrupted:
                if (attempt < candidates.Count)
                    yield return new StartInstanceMigration(s.Id, m.InstanceId, attempt + 1, candidates[attempt].Pool, candidates[attempt].CurrentHourlyUsd);
                if (m.WasInterrupted)
                    yield return new ReturnToOnDemand(s.Id, m.InstanceId, "no pool is left");
                yield return new FailInstanceMigration(s.Id, m.InstanceId, "no pool is left");
                break;
            case MoveStatus.Starting:
                yield return new RecordReplacementLaunched(s.Id, m.InstanceId, attempt, Replacement(m));
                yield return new RecordLaunchFailed(s.Id, m.InstanceId, attempt, null, "InsufficientInstanceCapacity", "none");
                break;
            case MoveStatus.Launched:
                yield return new RecordInstanceMigrated(s.Id, m.InstanceId, attempt, Replacement(m));
                yield return new RecordLaunchFailed(s.Id, m.InstanceId, attempt, Replacement(m), "not_healthy", "never healthy");
                yield return new ReportInterruption(s.Id, m.InstanceId, Replacement(m), null, "notice");
                break;
        }
    }

    static IEnumerable<ISpotMigrationCommand> Staged(SpotMigration s)
    {
        switch (s.Stage)
        {
            case PhaseStage.Moving:
                yield return new CompletePhase(s.Id, s.Phase);
                break;
            case PhaseStage.Watching:
                yield return new RequestQualityCheck(s.Id, s.Phase);
                yield return new OpenQualityWindow(s.Id, s.Phase, [.. Serving(s).Select(m => A.Snapshot(Replacement(m), Spec.Noon))], []);
                break;
            case PhaseStage.Measuring:
                yield return new RecordQuality(s.Id, s.Phase, s.Check, [.. Serving(s).Select(m => A.Window(Replacement(m)))], []);
                yield return new RecordQuality(s.Id, s.Phase, s.Check, [.. Serving(s).Select(m => A.Window(Replacement(m), requests: 400))], []);
                yield return new RecordQuality(s.Id, s.Phase, s.Check, [], [.. Serving(s).Select(Replacement)]);
                yield return new RecordQuality(s.Id, s.Phase, s.Check, [.. Serving(s).Select(m => A.Window(Replacement(m), slow: true))], []);
                break;
            case PhaseStage.Passed:
                yield return new StartPhase(s.Id, s.Phase + 1);
                break;
            case PhaseStage.Paused:
                yield return new ResumeMigration(s.Id, "pat", AcceptQuality: true);
                yield return new ResumeMigration(s.Id, "pat");
                break;
        }
    }

    static IEnumerable<ISpotMigrationCommand> Interruptions(SpotMigration s) => Serving(s).Select(m => new ReportInterruption(s.Id, m.InstanceId, Replacement(m), Spec.Noon.AddDays(1), "notice"));

    static IEnumerable<ISpotMigrationCommand> RollingBack(SpotMigration s)
    {
        foreach (var id in s.RollingBack.Where(id => s.Moves[id].Status is not MoveStatus.RolledBack))
            yield return new RecordInstanceRolledBack(s.Id, id, [Replacement(s.Moves[id])], id);
        yield return new ConcludeRollback(s.Id, []);
    }

    static IEnumerable<ISpotMigrationCommand> Retiring(SpotMigration s)
    {
        foreach (var m in Serving(s))
        {
            yield return new RecordInstanceRetired(s.Id, m.InstanceId, Replacement(m), m.Current!.HourlyUsd);
            yield return new ReportInterruption(s.Id, m.InstanceId, Replacement(m), null, "notice");
            yield return new ReturnToOnDemand(s.Id, m.InstanceId, "its replacement is gone");
        }

        yield return new CompleteMigration(s.Id);
    }

    static IEnumerable<Move> Serving(SpotMigration s) => s.Moves.Values.Where(m => m.Status is MoveStatus.Migrated).OrderBy(m => m.MigratedOrder);

    static string Replacement(Move m) => A.Replacement(Numbers[m.InstanceId], m.Attempts.Count);
}
