using System.Data;
using System.Security.Cryptography;
using Npgsql;
using NpgsqlTypes;

namespace OptiInfra.EventStore;

/// <summary>
/// Takes a checkpoint: in one snapshot reads the heads of all streams as they were at the in-flight floor, in the order of
/// ids, without holding more than one part of them, and appends what it found, signed, to the stream of checkpoints.
/// </summary>
sealed class CheckpointTaking(DocumentStore store, CheckpointKey key, string actor)
{
    /// <summary>75 kB of base64 per event.</summary>
    const int HeadsPerPart = 1024;
    readonly string schema = store.Options.QuotedSchema;

    /// <returns>Null where nothing has happened since the last checkpoint.</returns>
    public async Task<Checkpoint?> TakeAsync(CancellationToken cancellationToken)
    {
        // before the snapshot: what is up to here is then in it
        var ceiling = await store.EventLog.HighWaterMarkAsync(cancellationToken);
        await using var connection = await store.DataSource.OpenConnectionAsync(cancellationToken);
        await using var snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        var (version, previous) = (await VersionAsync(connection, cancellationToken), await NewestAsync(store, connection, cancellationToken));
        var after = previous?.Taken.SequenceCeiling ?? 0;
        if (!await HasNewsAsync(connection, after, ceiling, cancellationToken))
            return null;

        var parts = new Parts(this, (previous?.Taken.Number ?? 0) + 1, version);
        var tree = new MerkleTree();
        long events = 0;
        var encoded = new byte[StreamHead.EncodedLength];
        await using (var command = Heads(connection, after, ceiling))
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                var head = new StreamHead(reader.GetGuid(0), reader.GetInt64(1), reader.GetFieldValue<byte[]>(2));
                head.Encode(encoded);
                tree.Add(encoded);
                events += head.Version;
                if (reader.GetBoolean(3))
                    await parts.AddAsync(encoded, cancellationToken);
            }
        }

        var taken = key.Sign(new CheckpointTaken(
            parts.Number, ceiling, tree.Leaves, events, Convert.ToHexStringLower(tree.Root()),
            parts.Heads, await parts.EndAsync(cancellationToken), version + 1, previous?.EventHash ?? Checkpoint.NoPrevious,
            EventContent.Truncate(store.Options.TimeProvider.GetUtcNow()), key.Id, ""));
        await AppendAsync(parts.Version, taken, cancellationToken);
        await using var session = store.QuerySession(Checkpoint.TenantId);
        var stored = await session.Events.FetchStreamAsync(Checkpoint.StreamId, fromVersion: parts.Version + 1, version: parts.Version + 1, cancellationToken: cancellationToken);
        return new Checkpoint(taken, Convert.ToHexStringLower(stored[0].Hash.Span));
    }

    /// <summary>The newest checkpoint of a store; null where none was taken.</summary>
    public static async Task<Checkpoint?> NewestAsync(DocumentStore store, NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"select {EventRow.Columns} from {store.Options.QuotedSchema}.all_events where stream_id = $1 and type = '{CheckpointTaken.EventTypeName}' order by version desc limit 1", connection);
        command.Parameters.Add(Parameter.Of(NpgsqlDbType.Uuid, Checkpoint.StreamId));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
            return null;
        var @event = EventRow.Read(reader, store.Codec);
        return new Checkpoint((CheckpointTaken)@event.Data, Convert.ToHexStringLower(@event.Hash.Span));
    }

    /// <summary>Of the stream of checkpoints; parts that a crash left behind may stand where no checkpoint does.</summary>
    async Task<long> VersionAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"select coalesce(max(version), 0) from {schema}.all_events where stream_id = $1", connection);
        command.Parameters.Add(Parameter.Of(NpgsqlDbType.Uuid, Checkpoint.StreamId));
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    async Task<bool> HasNewsAsync(NpgsqlConnection connection, long after, long ceiling, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"select exists (select from {schema}.all_events where seq_id > $1 and seq_id <= $2 and stream_id <> $3)", connection);
        command.Parameters.Add(Parameter.Of(NpgsqlDbType.Bigint, after));
        command.Parameters.Add(Parameter.Of(NpgsqlDbType.Bigint, ceiling));
        command.Parameters.Add(Parameter.Of(NpgsqlDbType.Uuid, Checkpoint.StreamId));
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>From the table of heads, put back to the ceiling where a stream has gone on since.</summary>
    NpgsqlCommand Heads(NpgsqlConnection connection, long after, long ceiling)
    {
        var command = new NpgsqlCommand($"""
            select s.id, coalesce(l.version, s.version), coalesce(e.hash, s.head_hash), c.stream_id is not null
              from {schema}.streams s
              left join (select stream_id, min(version) - 1 as version from {schema}.all_events where seq_id > $2 group by stream_id) l on l.stream_id = s.id
              left join {schema}.all_events e on e.stream_id = l.stream_id and e.version = l.version
              left join (select distinct stream_id from {schema}.all_events where seq_id > $1 and seq_id <= $2) c on c.stream_id = s.id
             where coalesce(l.version, s.version) > 0
             order by s.id
            """, connection) { CommandTimeout = 0 };
        command.Parameters.Add(Parameter.Of(NpgsqlDbType.Bigint, after));
        command.Parameters.Add(Parameter.Of(NpgsqlDbType.Bigint, ceiling));
        return command;
    }

    /// <exception cref="ConcurrencyException">Somebody else takes a checkpoint at this moment; theirs will do.</exception>
    async Task AppendAsync(long version, object @event, CancellationToken cancellationToken)
    {
        await using var session = store.LightweightSession(new SessionOptions { TenantId = Checkpoint.TenantId, Actor = actor });
        session.Events.AppendAt(Checkpoint.StreamId, version, @event);
        await session.SaveChangesAsync(cancellationToken);
    }

    /// <summary>The changed heads on their way into events of a bounded size.</summary>
    sealed class Parts(CheckpointTaking taking, long number, long version)
    {
        readonly byte[] part = new byte[HeadsPerPart * StreamHead.EncodedLength];
        readonly IncrementalHash digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        int filled;
        int parts;

        public long Number => number;
        public long Heads { get; private set; }
        /// <summary>Of the stream of checkpoints, with what was appended here.</summary>
        public long Version { get; private set; } = version;

        public async Task AddAsync(byte[] head, CancellationToken cancellationToken)
        {
            head.CopyTo(part, filled);
            filled += head.Length;
            digest.AppendData(head);
            Heads++;
            if (filled == part.Length)
                await FlushAsync(cancellationToken);
        }

        public async Task<string> EndAsync(CancellationToken cancellationToken)
        {
            if (filled > 0)
                await FlushAsync(cancellationToken);
            using (digest)
                return Convert.ToHexStringLower(digest.GetHashAndReset());
        }

        async Task FlushAsync(CancellationToken cancellationToken)
        {
            await taking.AppendAsync(Version, new CheckpointHeads(Number, parts++, Convert.ToBase64String(part, 0, filled)), cancellationToken);
            Version++;
            filled = 0;
        }
    }
}
