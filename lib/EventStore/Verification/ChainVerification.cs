using Npgsql;
using NpgsqlTypes;

namespace OptiInfra.EventStore;

/// <summary>
/// Recomputes every hash from what is stored, in one snapshot, in the order of stream and version, without holding more
/// than a page of stream heads; and holds the streams against what the checkpoints recorded of them.
/// </summary>
sealed class ChainVerification(DocumentStore store, CheckpointTrust trust)
{
    const int HeadsPerPage = 500;
    const int ReportEvery = 1000;
    static readonly Guid Highest = Guid.Parse("ffffffff-ffff-ffff-ffff-ffffffffffff");

    sealed record Head(Guid Id, long Version, byte[] Hash);

    public async Task<VerificationReport> VerifyAsync(IProgress<VerificationProgress>? progress, CancellationToken cancellationToken)
    {
        await using var connection = await store.DataSource.OpenConnectionAsync(cancellationToken);
        await using var snapshot = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellationToken);
        var chain = await CheckpointChain.ReadAsync(store, connection, trust, cancellationToken);
        if (chain.Broken is not null)
            return new VerificationReport(0, 0, chain.Broken);
        await using var checkpoints = await CheckpointComparison.BeginAsync(store, connection, chain, one: null, cancellationToken);
        var walk = new ChainWalk(checkpoints, progress, await TotalAsync(connection, cancellationToken));
        var after = Guid.Empty;
        while (true)
        {
            var heads = await HeadsAsync(connection, after, cancellationToken);
            var last = heads.Count < HeadsPerPage ? Highest : heads[^1].Id;
            await WalkAsync(connection, walk, heads, after, last, cancellationToken);
            if (walk.Broken is null && last == Highest)
                checkpoints.End();
            if (walk.Broken is not null || last == Highest)
                return walk.Report() with { Checkpoints = chain.Report() };
            after = last;
        }
    }

    /// <returns>A report of no streams where there is no such stream.</returns>
    public async Task<VerificationReport> VerifyStreamAsync(Guid streamId, CancellationToken cancellationToken)
    {
        await using var connection = await store.DataSource.OpenConnectionAsync(cancellationToken);
        await using var snapshot = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellationToken);
        await using var command = new NpgsqlCommand($"select id, version, head_hash from {store.Options.QuotedSchema}.streams where id = $1", connection);
        command.Parameters.Add(Parameter.Of(NpgsqlDbType.Uuid, streamId));
        var heads = await ReadHeadsAsync(command, cancellationToken);
        var chain = await CheckpointChain.ReadAsync(store, connection, trust, cancellationToken);
        if (chain.Broken is not null)
            return new VerificationReport(0, 0, chain.Broken);
        await using var checkpoints = await CheckpointComparison.BeginAsync(store, connection, chain, streamId, cancellationToken);
        var walk = new ChainWalk(checkpoints, progress: null, total: 0);
        await WalkAsync(connection, walk, heads, streamId, streamId, cancellationToken);
        if (walk.Broken is null)
            checkpoints.End();
        return walk.Report() with { Checkpoints = chain.Report() };
    }

    async Task WalkAsync(NpgsqlConnection connection, ChainWalk walk, List<Head> heads, Guid after, Guid last, CancellationToken cancellationToken)
    {
        // by range rather than by id, so that events of streams without a head are met in their place
        await using var command = new NpgsqlCommand(
            $"select {EventRow.Columns} from {store.Options.QuotedSchema}.all_events where stream_id {(after == last || after == Guid.Empty ? ">=" : ">")} $1 and stream_id <= $2 order by stream_id, version", connection);
        command.Parameters.Add(Parameter.Of(NpgsqlDbType.Uuid, after));
        command.Parameters.Add(Parameter.Of(NpgsqlDbType.Uuid, last));
        command.CommandTimeout = 0;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var known = heads.Select(h => h.Id).ToHashSet();
        var coming = new Queue<Head>(heads);
        while (walk.Broken is null && await reader.ReadAsync(cancellationToken))
        {
            var @event = EventRow.Read(reader, store.Codec);
            if (@event.StreamId != walk.Stream)
            {
                await walk.EndStreamAsync(cancellationToken);
                while (known.Contains(@event.StreamId) && walk.Broken is null && coming.Dequeue() is var head)
                {
                    walk.BeginStream(head.Id, head.Version, head.Hash);
                    if (head.Id == @event.StreamId)
                        break;
                    await walk.EndStreamAsync(cancellationToken);
                }
                if (!known.Contains(@event.StreamId))
                    walk.WithoutHead(@event);
            }
            await walk.NextAsync(@event, cancellationToken);
        }
        await walk.EndStreamAsync(cancellationToken);
        while (walk.Broken is null && coming.TryDequeue(out var empty))
        {
            walk.BeginStream(empty.Id, empty.Version, empty.Hash);
            await walk.EndStreamAsync(cancellationToken);
        }
        if (walk.Broken is not null)
            // the rest of a large store need not come over the wire
            command.Cancel();
    }

    async Task<List<Head>> HeadsAsync(NpgsqlConnection connection, Guid after, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"select id, version, head_hash from {store.Options.QuotedSchema}.streams where id {(after == Guid.Empty ? ">=" : ">")} $1 order by id limit $2", connection);
        command.Parameters.Add(Parameter.Of(NpgsqlDbType.Uuid, after));
        command.Parameters.Add(Parameter.Of(NpgsqlDbType.Bigint, (long)HeadsPerPage));
        return await ReadHeadsAsync(command, cancellationToken);
    }

    static async Task<List<Head>> ReadHeadsAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        List<Head> heads = [];
        while (await reader.ReadAsync(cancellationToken))
            heads.Add(new Head(reader.GetGuid(0), reader.GetInt64(1), reader.GetFieldValue<byte[]>(2)));
        return heads;
    }

    async Task<long> TotalAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"select coalesce(sum(version), 0)::bigint from {store.Options.QuotedSchema}.streams", connection);
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Follows one chain after the other.</summary>
    sealed class ChainWalk(CheckpointComparison checkpoints, IProgress<VerificationProgress>? progress, long total)
    {
        long streams;
        long events;
        long version;
        long headVersion;
        byte[] headHash = [];
        ReadOnlyMemory<byte> predecessor;
        BrokenEvent? broken;

        public Guid? Stream { get; private set; }
        public BrokenEvent? Broken => broken ?? checkpoints.Broken;

        public VerificationReport Report()
        {
            progress?.Report(new VerificationProgress(events, total));
            return new(streams, events, Broken);
        }

        public void BeginStream(Guid id, long expectedVersion, byte[] expectedHash)
        {
            (Stream, version, headVersion, headHash) = (id, 0, expectedVersion, expectedHash);
            predecessor = EventContent.FirstPredecessor;
            streams++;
            checkpoints.BeginStream(id);
        }

        public void WithoutHead(StoredEvent @event) => Break(@event.StreamId, @event.Version, ChainFault.MissingHead, "the stream has events and no head");

        public async ValueTask NextAsync(StoredEvent @event, CancellationToken cancellationToken)
        {
            if (Broken is not null)
                return;
            version++;
            if (@event.Version != version)
            {
                Break(@event.StreamId, version, ChainFault.MissingVersion, $"version {version} is missing; {@event.Version} follows {version - 1}");
                return;
            }
            var hash = EventContent.ChainHash(predecessor.Span, version, EventContent.ContentHash(@event, @event.Json.Span));
            if (!@event.Hash.Span.SequenceEqual(hash))
                Break(@event.StreamId, version, ChainFault.HashMismatch, $"the event ({@event.EventTypeName}, sequence {@event.Sequence}) does not have the hash that was written with it");
            predecessor = hash;
            if (broken is null)
                await checkpoints.NextAsync(version, @event.Sequence, hash, cancellationToken);
            if (++events % ReportEvery == 0)
                progress?.Report(new VerificationProgress(events, total));
        }

        public async ValueTask EndStreamAsync(CancellationToken cancellationToken)
        {
            if (Stream is { } id && Broken is null)
            {
                if (version < headVersion)
                    Break(id, version + 1, ChainFault.MissingVersion, $"the stream ends at version {version}, its head says {headVersion}");
                else if (version > headVersion)
                    Break(id, headVersion + 1, ChainFault.HeadMismatch, $"the stream ends at version {version}, its head says {headVersion}");
                else if (!predecessor.Span.SequenceEqual(headHash))
                    Break(id, version, ChainFault.HeadMismatch, "the head does not have the hash of the last event");
                else
                    await checkpoints.EndStreamAsync(cancellationToken);
            }
            Stream = null;
        }

        void Break(Guid streamId, long at, ChainFault fault, string detail)
            => broken ??= new BrokenEvent(streamId, at, fault, $"Stream {streamId}, version {at}: {detail}.");
    }
}
