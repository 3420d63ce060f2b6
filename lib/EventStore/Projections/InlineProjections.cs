using System.Runtime.ExceptionServices;
using Npgsql;
using NpgsqlTypes;

namespace OptiInfra.EventStore;

/// <summary>
/// Runs the inline projections of a unit of work before its append is sent. The projections are locked first, shared, so
/// that a switch to rebuilt tables waits for this append or this append sees it; then the streams' rows, then the
/// documents, each in order, so that versions are known and no two appends overwrite each other's documents.
/// </summary>
sealed class InlineProjections(DocumentStore store)
{
    const string LockPurpose = "event_store.inline_projection";

    sealed record Found(Dictionary<(string Name, int Version), string> States, HashSet<(string Name, int Version, Guid Stream)> Skipped, Dictionary<Guid, (long Version, string Tenant)> Heads);

    /// <summary>Lets appends wait until the end of the transaction.</summary>
    public static ISessionOperation Hold(DocumentStore store, IProjection projection)
    {
        var (lockClass, lockKey) = StableHash.LockKey(LockPurpose, store.Options.DatabaseSchemaName, projection.Name);
        return new SqlOperation("select pg_advisory_xact_lock($1, $2)", [lockClass, lockKey]);
    }

    public async Task ApplyAsync(UnitOfWork unit, CancellationToken cancellationToken)
    {
        if (!store.Options.Projections.Inline.Any())
            return;
        var streams = unit.Streams.Where(s => s.Events.Count > 0).ToList();
        await unit.BeginAsync(cancellationToken);
        var found = await LockAsync(unit, streams, cancellationToken);
        var events = Number(streams, found.Heads);
        var operations = new DocumentSession(unit, new SessionOptions { TenantId = streams[0].TenantId }, ownsUnit: false);
        var tables = unit.TableOf;
        unit.TableOf = store.Tables.Own;
        unit.LocksDocuments = true;
        try
        {
            foreach (var projection in store.Options.Projections.Inline.Where(p => IsReady(p, found)))
                await projection.ApplyAsync(operations, found.Skipped.Count == 0 ? events : Without(found.Skipped, projection, events), cancellationToken);
        }
        catch (ProjectionEventException e)
        {
            // the caller knows what it wrote
            ExceptionDispatchInfo.Throw(e.InnerException!);
        }
        finally
        {
            unit.LocksDocuments = false;
            unit.TableOf = tables;
        }
    }

    static List<IEvent> Number(List<PendingStream> streams, Dictionary<Guid, (long Version, string Tenant)> heads)
    {
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
        return events;
    }

    /// <summary>While it is being built, the daemon takes these events from the log.</summary>
    static bool IsReady(IProjection projection, Found found) => found.States.GetValueOrDefault((projection.Name, projection.Version)) switch
    {
        "ready" => true,
        "building" => false,
        null => throw new ProjectionVersionException($"Inline projection {projection.Name} version {projection.Version} has no tables; apply the schema with this program."),
        _ => throw new ProjectionVersionException($"A newer program has taken inline projection {projection.Name} over from version {projection.Version}; what is appended here would be missing from it. Start the newer program, or rebuild the projection with this one."),
    };

    static List<IEvent> Without(HashSet<(string Name, int Version, Guid Stream)> skipped, IProjection projection, List<IEvent> events)
        => events.FindAll(e => !skipped.Contains((projection.Name, projection.Version, e.StreamId)));

    Task<Found> LockAsync(UnitOfWork unit, List<PendingStream> streams, CancellationToken cancellationToken)
        => unit.ReadAsync(batch => Configure(batch, streams), reader => ReadAsync(reader, cancellationToken), cancellationToken);

    void Configure(NpgsqlBatch batch, List<PendingStream> streams)
    {
        var names = store.Options.Projections.Inline.Select(p => p.Name).ToArray();
        var keys = names.Select(n => StableHash.LockKey(LockPurpose, store.Options.DatabaseSchemaName, n)).ToList();
        var ids = streams.ConvertAll(s => s.Id);
        Add("select pg_advisory_xact_lock_shared($1, k) from (select k from unnest($2) as k order by k) as k",
            Parameter.Of(NpgsqlDbType.Integer, keys[0].Class), Parameter.Array(NpgsqlDbType.Integer, keys.ConvertAll(k => k.Key)));
        Add($"select name, version, state from {store.Options.QuotedSchema}.projections where name = any($1)", Parameter.Array(NpgsqlDbType.Text, names));
        Add($"select projection, version, stream_id from {store.Options.QuotedSchema}.projection_skipped where stream_id = any($1) and not rebuilding", Parameter.Array(NpgsqlDbType.Uuid, ids));
        Add($"select id, version, tenant_id from {store.Options.QuotedSchema}.streams where id = any($1) order by id for update", Parameter.Array(NpgsqlDbType.Uuid, ids));

        void Add(string sql, params NpgsqlParameter[] parameters)
        {
            var command = new NpgsqlBatchCommand(sql);
            foreach (var parameter in parameters)
                command.Parameters.Add(parameter);
            batch.BatchCommands.Add(command);
        }
    }

    static async Task<Found> ReadAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var found = new Found([], [], []);
        await reader.NextResultAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            found.States.Add((reader.GetString(0), reader.GetInt32(1)), reader.GetString(2));
        await reader.NextResultAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            found.Skipped.Add((reader.GetString(0), reader.GetInt32(1), reader.GetGuid(2)));
        await reader.NextResultAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            found.Heads.Add(reader.GetGuid(0), (reader.GetInt64(1), reader.GetString(2)));
        return found;
    }
}
