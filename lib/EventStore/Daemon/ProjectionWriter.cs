using Microsoft.Extensions.Logging;
using Npgsql;

namespace OptiInfra.EventStore;

/// <summary>
/// Applies events to a projection's tables, each time with the position in one transaction. An event that goes on failing
/// is set aside with the rest of its stream and recorded in the same transaction; so are events of unknown types.
/// </summary>
/// <param name="skipsInARow">As the database remembers it from an earlier run.</param>
/// <param name="advance">The operation that moves the position; it fails for whoever is not its leader any more.</param>
sealed class ProjectionWriter(
    DocumentStore store, IProjection projection, bool rebuilding, int skipsInARow, Func<long, long, ISessionOperation> advance, DocumentCache? cache = null)
{
    const int Attempts = 3;
    static readonly TimeSpan BetweenAttempts = TimeSpan.FromMilliseconds(100);

    readonly ILogger logger = store.Logger<ProjectionWriter>();
    readonly Dictionary<Guid, Skip> failed = [];
    /// <summary>By event type, so that a fault that hits one type only does not hide behind the others.</summary>
    Dictionary<Type, int> failuresInARow = [];
    /// <summary>In the database; null while it is what was there at the beginning.</summary>
    int? remembered;

    public SkippedStreams Skipped { get; } = new(store, projection, rebuilding);

    /// <param name="Taken">What is left when the streams that are set aside are taken out.</param>
    /// <param name="InARow">How many events of each type have failed in a row at the end of the selection.</param>
    public sealed record Selection(List<IEvent> Taken, List<Skip> Skips, Dictionary<Type, int> InARow);

    /// <param name="mayStay">The position may stay behind where events leave nothing to write: no transaction for them alone.</param>
    /// <returns>Where the position stands.</returns>
    /// <exception cref="ProjectionPausedException">Too many events in a row failed; what comes before is applied.</exception>
    public async Task<long> ApplyAsync(long from, long to, IReadOnlyList<IEvent> events, bool mayStay, CancellationToken cancellationToken)
    {
        while (from != to)
        {
            var selected = Select(events);
            var (position, failure) = await TryAsync(from, to, selected, mayStay, cancellationToken);
            if (failure is null)
                return position;
            var culprit = (failure as ProjectionEventException)?.Event ?? (selected.Taken.Count == 1 ? selected.Taken[0] : null);
            if (culprit is null)
            {
                var half = events.Count / 2;
                await ApplyAsync(from, events[half - 1].Sequence, [.. events.Take(half)], mayStay: false, cancellationToken);
                (from, events) = (events[half - 1].Sequence, [.. events.Skip(half)]);
                continue;
            }
            failed[culprit.Id] = new Skip(culprit, SkipKind.Failed, failure.Message, Attempts);
            var before = events.TakeWhile(e => !ReferenceEquals(e, culprit)).ToList();
            if (Select([.. before, culprit]).InARow[culprit.EventType] <= store.Options.Projections.MaxSkipsInARow)
                continue;
            failed.Remove(culprit.Id);
            if (before.Count > 0)
                await ApplyAsync(from, before[^1].Sequence, before, mayStay: false, cancellationToken);
            throw new ProjectionPausedException(culprit, failure);
        }
        return to;
    }

    public Selection Select(IReadOnlyList<IEvent> events)
    {
        var taken = new List<IEvent>(events.Count);
        List<Skip> skips = [];
        HashSet<Guid> aside = [];
        var inARow = new Dictionary<Type, int>(failuresInARow);
        foreach (var @event in events)
        {
            if (Skipped.Contains(@event.StreamId) || (aside.Count > 0 && aside.Contains(@event.StreamId)))
                continue;
            if (SkipOf(@event) is not { } skip)
            {
                taken.Add(@event);
                if (inARow.Count > 0 || skipsInARow > 0)
                    inARow[@event.EventType] = 0;
                continue;
            }
            aside.Add(@event.StreamId);
            skips.Add(skip);
            if (skip.Kind == SkipKind.Failed)
                inARow[@event.EventType] = inARow.GetValueOrDefault(@event.EventType, skipsInARow) + 1;
        }
        return new(taken, skips, inARow);
    }

    Skip? SkipOf(IEvent @event) =>
        failed.Count > 0 && failed.TryGetValue(@event.Id, out var known) ? known
        : @event.EventType == typeof(UnknownEvent) && !projection.TakesUnknownEvents ? new Skip(@event, SkipKind.Unknown, UnknownReason(@event), 1)
        : null;

    public static string UnknownReason(IEvent @event)
        => $"This program does not know event type '{@event.EventTypeName}' in schema version {@event.SchemaVersion}.";

    public DocumentSession Open() => new(
        new UnitOfWork(store) { TableOf = rebuilding ? store.Tables.Next : store.Tables.Own, Cache = cache }, new SessionOptions());

    /// <summary>Writes what events have left behind in memory, with the position, in one transaction.</summary>
    public async Task WriteAsync(long from, long to, Action<DocumentSession> fill, CancellationToken cancellationToken)
    {
        await using var session = Open();
        QueuePosition(session, from, to);
        fill(session);
        await session.SaveChangesAsync(cancellationToken);
    }

    /// <returns>The operation that moves it.</returns>
    ISessionOperation QueuePosition(DocumentSession session, long from, long to)
    {
        // position and rows are lost together, if at all; the switch waits for them to be safe
        if (rebuilding)
            session.QueueSqlCommand("select set_config('synchronous_commit', 'off', true)");
        var move = advance(from, to);
        session.QueueOperation(move);
        return move;
    }

    /// <returns>Where the position stands, and what went wrong in the last attempt; null when it is done.</returns>
    async Task<(long Position, Exception? Failure)> TryAsync(long from, long to, Selection selected, bool mayStay, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await using var session = Open();
                var move = QueuePosition(session, from, to);
                QueueSkips(session, selected);
                if (selected.Taken.Count > 0)
                    await projection.ApplyAsync(session, selected.Taken, cancellationToken);
                var stays = mayStay && session.UnitOfWork.HasOnly(move);
                if (!stays)
                    await session.SaveChangesAsync(cancellationToken);
                Saved(selected);
                return (stays ? from : to, null);
            }
            catch (Exception e)
            {
                cache?.Clear();
                if (!MayBeTheEvents(e))
                    throw;
                if (attempt == Attempts)
                    return (from, e);
                await Task.Delay(BetweenAttempts * attempt, TimeProvider.System, cancellationToken);
            }
        }
    }

    void QueueSkips(DocumentSession session, Selection selected)
    {
        foreach (var skip in selected.Skips)
            session.QueueOperation(Skipped.Insert(skip));
        if (!rebuilding && InARow(selected) != (remembered ?? skipsInARow))
            session.QueueSqlCommand($"update {store.Options.QuotedSchema}.projections set skips_in_a_row = $3 where name = $1 and version = $2", projection.Name, projection.Version, InARow(selected));
    }

    int InARow(Selection selected) => selected.InARow.Count == 0 ? remembered ?? skipsInARow : selected.InARow.Values.Max();

    /// <summary>Without a failure, and not yet written.</summary>
    public void Applied(Selection selected) => failuresInARow = selected.InARow;

    void Saved(Selection selected)
    {
        remembered = InARow(selected);
        Applied(selected);
        foreach (var skip in selected.Skips)
        {
            Skipped.Add(skip.Event.StreamId);
            failed.Remove(skip.Event.Id);
            EventStoreInstruments.Skipped.Add(1, new("projection", projection.Name), new("kind", SkippedStreams.Word(skip.Kind)));
            logger.LogError(
                "Projection {Name} has set stream {Stream} aside from event {Sequence} ({Type}, version {Version}) on: {Reason}",
                projection.Name, skip.Event.StreamId, skip.Event.Sequence, skip.Event.EventTypeName, skip.Event.Version, skip.Error);
        }
    }

    /// <summary>Not for the server's state: waiting helps there, and no event is at fault.</summary>
    public static bool MayBeTheEvents(Exception e) => e switch
    {
        OperationCanceledException or ProgressionOutOfOrderException => false,
        PostgresException p => p.SqlState is ['2', '2', ..] or ['2', '3', ..] or ['4', '2', ..] or ['P', '0', ..],
        ConcurrencyException { InnerException: PostgresException p } => p.SqlState is not (PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure),
        _ => !PostgresErrors.IsConnectionLoss(e),
    };
}
