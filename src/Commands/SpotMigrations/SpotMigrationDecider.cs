using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Commands.SpotMigrations;

/// <summary>Decides what a command does to a spot migration: no I/O, no clock but the instant it is given.</summary>
public static partial class SpotMigrationDecider
{
    static readonly TimeSpan ClocksDiffer = TimeSpan.FromSeconds(30);

    public static Decision Decide(SpotMigration? state, ISpotMigrationCommand command, DateTimeOffset now)
    {
        if (command is RequestMigration request)
            return Request(state, request, now);
        if (state is null)
            return Decision.Refuse("unknown_migration", $"There is no migration {command.MigrationId}; `optiinfra status` lists those that exist.");
        return command switch
        {
            StartAnalysis _ => StartAnalysis(state, now),
            RecordFleetAnalysis c => RecordAnalysis(state, c, now),
            FailAnalysis c => FailAnalysis(state, c, now),
            RequestVotes _ => RequestVotes(state, now),
            RecordBaseline c => RecordBaseline(state, c, now),
            CastVote c => CastVote(state, c, now),
            CloseVoting _ => CloseVoting(state, now),
            ApproveMigration c => Approve(state, c, now),
            RejectMigration c => Reject(state, c, now),
            ExpireApproval _ => Expire(state, now),
            StartPhase c => StartPhase(state, c, now),
            StartInstanceMigration c => StartMove(state, c, now),
            RecordReplacementLaunched c => RecordLaunched(state, c, now),
            RecordLaunchFailed c => RecordLaunchFailed(state, c, now),
            RecordInstanceMigrated c => RecordMigrated(state, c, now),
            FailInstanceMigration c => FailMove(state, c, now),
            ReportInterruption c => ReportInterruption(state, c, now),
            ReturnToOnDemand c => ReturnToOnDemand(state, c, now),
            CompletePhase c => CompletePhase(state, c, now),
            OpenQualityWindow c => OpenWindow(state, c, now),
            RequestQualityCheck c => RequestCheck(state, c, now),
            RecordQuality c => RecordQuality(state, c, now),
            ResumeMigration c => Resume(state, c, now),
            CancelMigration c => Cancel(state, c, now),
            RecordInstanceRolledBack c => RecordRolledBack(state, c, now),
            ConcludeRollback c => ConcludeRollback(state, c, now),
            RecordInstanceRetired c => RecordRetired(state, c, now),
            CompleteMigration _ => Complete(state, now),
            TimeOut c => TimeOut(state, c, now),
            ReportAttentionNeeded c => state.IsOver ? Decision.Nothing : Decision.Accept(new AttentionNeeded(state.Id, c.Step, c.Reason, now)),
            _ => throw new ArgumentException($"{command.GetType().Name} is no command of a spot migration.", nameof(command)),
        };
    }

    /// <summary>
    /// Whether a wait is over. The timer that says so may have been watched by another machine's clock: were it refused for
    /// being a moment early, nobody would ask again and the migration would hang. So it may come early by a tenth of the
    /// wait, at most by half a minute.
    /// </summary>
    static bool HasEnded(DateTimeOffset? end, TimeSpan wait, DateTimeOffset now) =>
        now >= end - (wait / 10 < ClocksDiffer ? wait / 10 : ClocksDiffer);

    static Decision NotNow(SpotMigration state, string what) =>
        Decision.Refuse("wrong_status", $"{what} is not possible while the migration is {StatusText(state.Status)}; `optiinfra status {state.Id}` shows where it stands.");

    static string StatusText(MigrationStatus status) => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(status.ToString()).Replace('_', ' ');
}
