using NpgsqlTypes;

namespace OptiInfra.EventStore;

/// <summary>
/// Runs the inline projections of a unit of work before its append is sent. The streams' rows are locked first and the
/// documents after them, each in order, so that versions are known and no two appends overwrite each other's documents.
/// </summary>
sealed class InlineProjections(DocumentStore store)
{
    public async Task ApplyAsync(UnitOfWork unit, CancellationToken cancellationToken)
    {
        if (!store.Options.Projections.Inline.Any())
            return;
        var streams = unit.Streams.Where(s => s.Events.Count > 0).ToList();
        await unit.BeginAsync(cancellationToken);
        var heads = await LockAsync(unit, streams, cancellationToken);
        List<IEvent> events = [];
        foreach (var stream in streams)
        {
            var version = heads.TryGetValue(stream.Id, out var head) ? head.Version : 0;
            if (version > 0 && head.Tenant != stream.TenantId)
                throw new StreamOfAnotherTenantException(stream.Id);
            if (version > 0 && stream.Start)
                throw new ExistingStreamIdCollisionException(stream.Id);
            if (stream.Expected is { } expected && expected != version)
                throw new EventStreamUnexpectedMaxEventIdException(stream.Id, expected, version);
            // what the projections are told now must be what the append finds
            stream.Expect(version + stream.Events.Count);
            foreach (var @event in stream.Events)
            {
                @event.Version = ++version;
                events.Add(@event);
            }
        }
        var operations = new DocumentSession(unit, new SessionOptions { TenantId = streams[0].TenantId }, ownsUnit: false);
        unit.LocksDocuments = true;
        foreach (var projection in store.Options.Projections.Inline)
            await projection.ApplyAsync(operations, events, cancellationToken);
        unit.LocksDocuments = false;
    }

    Task<Dictionary<Guid, (long Version, string Tenant)>> LockAsync(UnitOfWork unit, List<PendingStream> streams, CancellationToken cancellationToken)
        => unit.ReadAsync(
            $"select id, version, tenant_id from {store.Options.QuotedSchema}.streams where id = any($1) order by id for update",
            [Parameter.Array(NpgsqlDbType.Uuid, streams.ConvertAll(s => s.Id))],
            async reader =>
            {
                Dictionary<Guid, (long, string)> heads = [];
                while (await reader.ReadAsync(cancellationToken))
                    heads.Add(reader.GetGuid(0), (reader.GetInt64(1), reader.GetString(2)));
                return heads;
            },
            cancellationToken);
}
