using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using OptiInfra.Commands;
using OptiInfra.Contracts;
using OptiInfra.Contracts.LiveMigrations;
using OptiInfra.Contracts.SpotMigrations;
using OptiInfra.EventStore;
using OptiInfra.Sagas.LiveMigrations;
using OptiInfra.Sagas.SpotMigrations;

namespace OptiInfra.Replay;

/// <summary>
/// Lets a saga's own state machine handle the recorded events and timers again, on a bus in memory, and holds the commands
/// that it gives against those that were recorded. A command's id comes from its message and step, so each finds its own.
/// </summary>
public sealed class SagaReplay : IAsyncDisposable
{
    /// <summary>The actor of the saga's commands.</summary>
    const string Actor = "saga";
    readonly SagaStage migrations;
    readonly SagaStage jobs;

    SagaReplay(SagaStage migrations, SagaStage jobs) => (this.migrations, this.jobs) = (migrations, jobs);

    public static async Task<SagaReplay> StartAsync(CancellationToken cancellationToken) => new(
        await SagaStage.StartAsync((commands, clock) => new SpotMigrationStateMachine(commands, clock, NullLogger<SpotMigrationStateMachine>.Instance), cancellationToken).ConfigureAwait(false),
        await SagaStage.StartAsync((commands, clock) => new LiveMigrationStateMachine(commands, clock, NullLogger<LiveMigrationStateMachine>.Instance), cancellationToken).ConfigureAwait(false));

    /// <param name="commands">Of one migration or training job.</param>
    /// <param name="events">Its whole stream.</param>
    /// <returns>One entry per command of the saga, recorded or given again; none where no saga took part.</returns>
    public async Task<IReadOnlyList<ReplayedDecision>> RunAsync(IReadOnlyList<RecordedCommand> commands, IReadOnlyList<IEvent> events, CancellationToken cancellationToken)
    {
        var recorded = commands.Where(c => c.Actor == Actor).ToDictionary(c => c.Id);
        if (recorded.Count == 0)
            return [];
        var stage = events is [{ Data: JobSubmitted }, ..] ? jobs : migrations;
        var byId = events.ToDictionary(e => e.Id);
        // timers are no events: what they led to says that they rang, and when
        var timers = new Queue<RecordedCommand>(recorded.Values
            .Where(c => c.CausationId is { } cause && !byId.ContainsKey(cause))
            .DistinctBy(c => c.CausationId).OrderBy(c => c.VersionBefore).ThenBy(c => c.DecidedAt));
        var beginning = recorded.Values.Min(c => c.VersionBefore);
        var told = new List<GivenCommand>();
        foreach (var e in events)
        {
            while (timers.TryPeek(out var timer) && timer.VersionBefore < e.Version)
                told.AddRange(await RingAsync(stage, timers.Dequeue(), cancellationToken).ConfigureAwait(false));
            // with several processes an event may have come before the saga was there: then it found nobody, and the saga's
            // beginning caught up with it
            if (e.Version <= beginning && e.Data is not (MigrationRequested or JobSubmitted) && !recorded.Values.Any(c => c.CausationId == e.Id))
                continue;
            told.AddRange(await stage.TellAsync(e.Data, e.EventType, e.Id, e.Timestamp, e.Version, cancellationToken).ConfigureAwait(false));
        }

        while (timers.TryDequeue(out var late))
            told.AddRange(await RingAsync(stage, late, cancellationToken).ConfigureAwait(false));
        return [.. told.Select(given => Compared(given, recorded, events)), .. Extra(told, recorded, byId)];
    }

    static async Task<IReadOnlyList<GivenCommand>> RingAsync(SagaStage stage, RecordedCommand because, CancellationToken cancellationToken) =>
        TimerOf(because.Read()) is { } timer
            ? await stage.TellAsync(timer, timer.GetType(), because.CausationId!.Value, because.DecidedAt, because.VersionBefore, cancellationToken).ConfigureAwait(false)
            : [];

    static object? TimerOf(ICommand command) => command switch
    {
        TimeOut { WaitingFor: WaitingFor.Analysis } c => new AnalysisTimedOut(c.MigrationId),
        TimeOut { WaitingFor: WaitingFor.Votes } c => new VotingTimedOut(c.MigrationId),
        TimeOut { WaitingFor: WaitingFor.Phase } c => new PhaseTimedOut(c.MigrationId, c.Phase),
        TimeOut { WaitingFor: WaitingFor.Measurement } c => new MeasurementTimedOut(c.MigrationId, c.Phase),
        TimeOut c => new EndingTimedOut(c.MigrationId, c.Phase),
        ExpireApproval c => new ApprovalValidityEnded(c.MigrationId),
        RequestQualityCheck c => new MonitoringWindowEnded(c.MigrationId, c.Phase),
        TimeOutJob { WaitingFor: JobWait.Checkpoint } c => new CheckpointTimedOut(c.JobId, c.Epoch),
        TimeOutJob { WaitingFor: JobWait.Launch } c => new LaunchTimedOut(c.JobId, c.Epoch),
        TimeOutJob { WaitingFor: JobWait.Switch } c => new SwitchTimedOut(c.JobId, c.Epoch),
        TimeOutJob { WaitingFor: JobWait.TakeOver } c => new TakeOverTimedOut(c.JobId, c.Epoch),
        TimeOutJob c => new RetirementTimedOut(c.JobId),
        _ => null,
    };

    static ReplayedDecision Compared(GivenCommand given, Dictionary<Guid, RecordedCommand> recorded, IReadOnlyList<IEvent> events)
    {
        var what = $"saga on {given.Because}: {given.Command.GetType().Name}";
        var text = JsonSerializer.Serialize(given.Command, given.Command.GetType(), ContractsJson.Options);
        if (recorded.TryGetValue(given.Id, out var before))
        {
            return new ReplayedDecision(before.VersionBefore, before.DecidedAt, Actor, what,
                before.CommandType == given.Command.GetType().Name && before.Command == text ? null : $"recorded {before.CommandType} {before.Command}, today {given.Command.GetType().Name} {text}");
        }

        // of the stream's last events the saga may not have heard yet
        return !events.Any(e => e.Version >= given.Version && recorded.Values.Any(c => c.CausationId == e.Id))
            ? new ReplayedDecision(given.Version, given.At, Actor, what, null, "the saga has not handled it yet, nor anything later")
            : new ReplayedDecision(given.Version, given.At, Actor, what, "today the saga gives this command; none is recorded");
    }

    static IEnumerable<ReplayedDecision> Extra(List<GivenCommand> told, Dictionary<Guid, RecordedCommand> recorded, Dictionary<Guid, IEvent> events)
    {
        var given = told.Select(t => t.Id).ToHashSet();
        return from c in recorded.Values
               where !given.Contains(c.Id)
               orderby c.VersionBefore
               let because = c.CausationId is { } cause && events.TryGetValue(cause, out var e) ? e.EventTypeName : "a timer"
               select new ReplayedDecision(c.VersionBefore, c.DecidedAt, Actor, $"saga on {because}: {c.CommandType}", "it is recorded; today the saga gives no such command");
    }

    public async ValueTask DisposeAsync()
    {
        await migrations.DisposeAsync().ConfigureAwait(false);
        await jobs.DisposeAsync().ConfigureAwait(false);
    }
}

/// <summary>A command that the state machine gave.</summary>
/// <param name="Id">Derived from the message and the step.</param>
/// <param name="Because">The message's name.</param>
/// <param name="Version">Of the event that led to it; of a timer, the version that was there when it rang.</param>
sealed record GivenCommand(Guid Id, ICommand Command, string Because, long Version, DateTimeOffset At);
