using NpgsqlTypes;

namespace OptiInfra.EventStore;

/// <summary>
/// Builds the documents of an inline projection anew in one transaction that keeps appends waiting: an append locks the
/// documents that it changes, so it either committed before and is seen here, or changes what this leaves behind.
/// </summary>
static class InlineRebuild
{
    const int PageSize = 1000;

    public static async Task RunAsync(DocumentStore store, IProjection projection, IProgress<RebuildProgress>? progress, CancellationToken cancellationToken)
    {
        var ceiling = await store.EventLog.LastSequenceAsync(cancellationToken);
        await using var session = (DocumentSession)store.LightweightSession();
        foreach (var table in Emptying.Tables(store, projection))
            session.QueueSqlCommand($"lock table {table} in exclusive mode");
        Emptying.Queue(session, projection);
        await session.UnitOfWork.FlushAsync(cancellationToken);
        long position = 0;
        while (true)
        {
            var events = await ReadAsync(session.UnitOfWork, position, cancellationToken);
            if (events.Count > 0)
            {
                await projection.ApplyAsync(session, events, cancellationToken);
                await session.UnitOfWork.FlushAsync(cancellationToken);
                position = events[^1].Sequence;
            }
            progress?.Report(new RebuildProgress(projection.Name, Math.Max(position, events.Count < PageSize ? ceiling : 0), ceiling));
            if (events.Count < PageSize)
                break;
        }
        await session.SaveChangesAsync(cancellationToken);
    }

    static Task<List<IEvent>> ReadAsync(UnitOfWork unit, long after, CancellationToken cancellationToken)
        => unit.ReadAsync(
            $"select {EventRow.Columns} from {unit.Store.Options.QuotedSchema}.events where seq_id > $1 order by seq_id limit $2",
            [Parameter.Of(NpgsqlDbType.Bigint, after), Parameter.Of(NpgsqlDbType.Bigint, (long)PageSize)],
            async reader =>
            {
                List<IEvent> events = [];
                while (await reader.ReadAsync(cancellationToken))
                    events.Add(EventRow.Read(reader, unit.Store.Codec));
                return events;
            },
            cancellationToken);
}
