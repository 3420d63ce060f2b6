using Microsoft.Extensions.Logging;
using NpgsqlTypes;

namespace OptiInfra.EventStore;

/// <summary>Applies the events of streams that were set aside, in their order, up to where the projection stands.</summary>
/// <param name="guard">An operation that fails for whoever is not the leader any more; for an inline projection it lets appends wait.</param>
/// <param name="position">Up to which the other streams are applied; null for an inline projection, which has them all.</param>
sealed class SkippedRetry(DocumentStore store, IProjection projection, ProjectionWriter writer, Func<ISessionOperation> guard, long? position)
{
    sealed record Stream(long Id, Guid StreamId, string TenantId);

    readonly ILogger logger = store.Logger<SkippedRetry>();

    /// <param name="onlyAsked">Only those that somebody asked for.</param>
    public async Task RunAsync(bool onlyAsked, CancellationToken cancellationToken)
    {
        foreach (var (id, streamId, tenantId, streamVersion) in await writer.Skipped.ReadAsync(onlyAsked, cancellationToken))
        {
            var stream = new Stream(id, streamId, tenantId);
            await using var query = store.QuerySession(tenantId);
            var events = await ReadAsync(query, streamId, streamVersion, cancellationToken);
            // all at once, as it mostly succeeds; else as far as it goes
            if (await TryAsync(stream, events, events.Count, cancellationToken) is not null)
                await StepAsync(stream, events, cancellationToken);
        }
    }

    async Task StepAsync(Stream stream, List<IEvent> events, CancellationToken cancellationToken)
    {
        for (; events.Count > 0; events.RemoveAt(0))
            if (await TryAsync(stream, events, 1, cancellationToken) is { } failure)
            {
                await using var session = writer.Open();
                session.QueueOperation(guard());
                session.QueueOperation(writer.Skipped.Update(stream.Id, events[0], KindOf(events[0]), failure.Message));
                await session.SaveChangesAsync(cancellationToken);
                return;
            }
    }

    /// <returns>What went wrong; null where the first <paramref name="count"/> are applied.</returns>
    async Task<Exception?> TryAsync(Stream stream, List<IEvent> events, int count, CancellationToken cancellationToken)
    {
        var taken = events.Take(count).ToList();
        if (taken.Find(IsUnknown) is { } unknown)
            return new UnknownEventTypeException(ProjectionWriter.UnknownReason(unknown));
        var ends = count == events.Count;
        try
        {
            await using var session = writer.Open();
            await session.ExecuteAsync([guard()], cancellationToken);
            // what an inline append has left out since then, and cannot any more
            if (ends && position is null)
                taken.AddRange(await ReadAsync(session.ForTenant(stream.TenantId), stream.StreamId, events.Count == 0 ? 1 : events[^1].Version + 1, cancellationToken));
            session.QueueOperation(ends ? writer.Skipped.Delete(stream.Id) : writer.Skipped.Update(stream.Id, events[count], KindOf(events[count]), error: null));
            if (taken.Count > 0)
                await projection.ApplyAsync(session, taken, cancellationToken);
            await session.SaveChangesAsync(cancellationToken);
        }
        catch (Exception e) when (ProjectionWriter.MayBeTheEvents(e))
        {
            return e;
        }
        if (ends)
        {
            writer.Skipped.Remove(stream.StreamId);
            EventStoreInstruments.Recovered.Add(1, new KeyValuePair<string, object?>("projection", projection.Name));
            logger.LogInformation("Projection {Name} has applied the events of stream {Stream} that it had set aside.", projection.Name, stream.StreamId);
        }
        return null;
    }

    SkipKind KindOf(IEvent @event) => IsUnknown(@event) ? SkipKind.Unknown : SkipKind.Failed;

    bool IsUnknown(IEvent @event) => @event.EventType == typeof(UnknownEvent) && !projection.TakesUnknownEvents;

    async Task<List<IEvent>> ReadAsync(IQuerySession session, Guid streamId, long from, CancellationToken cancellationToken)
        => [.. (await session.Events.FetchStreamAsync(streamId, fromVersion: from, cancellationToken: cancellationToken)).TakeWhile(e => e.Sequence <= (position ?? long.MaxValue))];
}
