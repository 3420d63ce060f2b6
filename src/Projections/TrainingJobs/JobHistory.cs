using System.Collections.Immutable;
using OptiInfra.Contracts;
using OptiInfra.Contracts.LiveMigrations;
using OptiInfra.EventStore;

namespace OptiInfra.Projections;

/// <summary>What happened to a training job, how did its loss fall, and how long did each changeover take?</summary>
public sealed record JobHistory
{
    /// <summary>The job's.</summary>
    public required Guid Id { get; init; }
    public ImmutableList<TimelineLine> Lines { get; init; } = [];
    /// <summary>One for each checkpoint, in the order in which they were saved.</summary>
    public ImmutableList<LossPoint> Losses { get; init; } = [];
    public ImmutableList<JobChangeover> Changeovers { get; init; } = [];
    /// <summary>Of every launch, by epoch, which counts from 1.</summary>
    public ImmutableList<CapacityPool> Pools { get; init; } = [];
}

/// <param name="Loss">After the step; null where the trainer does not tell it.</param>
/// <param name="Epoch">Of the trainer that saved it.</param>
public sealed record LossPoint(int Step, double? Loss, DateTimeOffset At, int Epoch);

public enum ChangeoverOutcome
{
    UnderWay,
    /// <summary>Another trainer has taken over.</summary>
    Resumed,
    /// <summary>The trainer that worked before went on.</summary>
    Abandoned,
    /// <summary>Another one began in its place: an interruption came first.</summary>
    Overtaken,
    /// <summary>The job ended meanwhile.</summary>
    Ended,
}

/// <summary>One way from a trainer to the next.</summary>
/// <param name="ToEpoch">Null until a launch is on its way.</param>
/// <param name="Reason">Why it began, or why it was given up.</param>
/// <param name="Step">Where the next trainer went on.</param>
/// <param name="LostSteps">How far the one before was last seen beyond that.</param>
/// <param name="Parts">How long it took; null unless it succeeded.</param>
public sealed record JobChangeover(
    int Number, MigrationTrigger Trigger, ChangeoverOutcome Outcome, int FromEpoch, CapacityPool FromPool, int? ToEpoch, CapacityPool? ToPool, string Reason, DateTimeOffset TriggeredAt,
    DateTimeOffset? EndedAt = null, int? Step = null, int? LostSteps = null, ChangeoverParts? Parts = null);

/// <inheritdoc cref="JobHistory"/>
public sealed class JobHistoryProjection : SingleStreamProjection<JobHistory>
{
    /// <returns>Null where the stream is no job's.</returns>
    public static JobHistory? Create(IEvent e) => e.Data is JobSubmitted ? Apply(e, new JobHistory { Id = e.StreamId }) : null;

    public static JobHistory Apply(IEvent e, JobHistory history) => Changed(e.Data, history) with
    {
        Lines = history.Lines.Add(new TimelineLine(e.Version, e.Timestamp, e.EventTypeName, e.Actor, TimelineSentences.Of(e.Data))),
    };

    static JobHistory Changed(object @event, JobHistory h) => @event switch
    {
        // the checkpoint that was asked for may be one that the trainer had told of
        CheckpointSaved e when h.Losses is [.., { } last] && last.Step == e.Checkpoint.Step && last.Epoch == e.Checkpoint.Epoch => h,
        CheckpointSaved e => h with { Losses = h.Losses.Add(new LossPoint(e.Checkpoint.Step, LossText.Read(e.Checkpoint.LossHex), e.At, e.Checkpoint.Epoch)) },
        MigrationTriggered e => Begun(Last(h, ChangeoverOutcome.Overtaken, c => c with { EndedAt = e.At }), e),
        ProvisioningStarted e => Last(h with { Pools = h.Pools.Add(e.Pool) }, ChangeoverOutcome.UnderWay, c => c with { ToEpoch = e.Epoch, ToPool = e.Pool }),
        TrainingResumed e => Last(h, ChangeoverOutcome.Resumed, c => c with { EndedAt = e.At, Step = e.Step, LostSteps = e.LostSteps, Parts = e.Parts }),
        MigrationAbandoned e => Last(h, ChangeoverOutcome.Abandoned, c => c with { EndedAt = e.At, Reason = e.Reason }),
        TrainingFinished e => Last(h, ChangeoverOutcome.Ended, c => c with { EndedAt = e.At }),
        JobStopped e => Last(h, ChangeoverOutcome.Ended, c => c with { EndedAt = e.At }),
        _ => h,
    };

    static JobHistory Begun(JobHistory h, MigrationTriggered e) => h with
    {
        Changeovers = h.Changeovers.Add(new JobChangeover(e.Number, e.Trigger, ChangeoverOutcome.UnderWay, e.FromEpoch, h.Pools[e.FromEpoch - 1], null, null, e.Reason, e.At)),
    };

    static JobHistory Last(JobHistory h, ChangeoverOutcome outcome, Func<JobChangeover, JobChangeover> change) =>
        h.Changeovers is [.., { Outcome: ChangeoverOutcome.UnderWay } last] ? h with { Changeovers = h.Changeovers.SetItem(h.Changeovers.Count - 1, change(last) with { Outcome = outcome }) } : h;
}
