using System.Data;
using Npgsql;
using NpgsqlTypes;

namespace OptiInfra.EventStore;

/// <summary>
/// Holds the streams, as a verification walks them in the order of ids, against the heads that the checkpoints recorded: a
/// merge of two ordered sequences, which finds at once what was cut off, rewritten, removed or put in, and names it.
/// </summary>
sealed class CheckpointComparison : IAsyncDisposable
{
    readonly CheckpointChain chain;
    readonly IReadOnlyList<Covered> covered;
    NpgsqlConnection? connection;
    NpgsqlCommand? command;
    NpgsqlDataReader? recorded;
    (StreamHead Head, int Checkpoint)? coming;
    Guid stream;
    StreamHead last;
    int lastCheckpoint;
    long agreed;

    CheckpointComparison(CheckpointChain chain, IEnumerable<Checkpoint> whole)
    {
        this.chain = chain;
        covered = [.. whole.Select(c => new Covered(c))];
    }

    public BrokenEvent? Broken { get; private set; }

    /// <param name="snapshot">A transaction whose snapshot is shared.</param>
    /// <param name="one">Only this stream's heads; all when null.</param>
    public static async Task<CheckpointComparison> BeginAsync(DocumentStore store, NpgsqlConnection snapshot, CheckpointChain chain, Guid? one, CancellationToken cancellationToken)
    {
        var comparison = new CheckpointComparison(chain, one is null && chain.Newest is { } newest ? [newest] : []);
        try
        {
            await comparison.ReadRecordedAsync(store, snapshot, one, cancellationToken);
            return comparison;
        }
        catch
        {
            await comparison.DisposeAsync();
            throw;
        }
    }

    async Task ReadRecordedAsync(DocumentStore store, NpgsqlConnection snapshot, Guid? one, CancellationToken cancellationToken)
    {
        await using var export = new NpgsqlCommand("select pg_export_snapshot()", snapshot);
        var name = (string)(await export.ExecuteScalarAsync(cancellationToken))!;
        connection = await store.DataSource.OpenConnectionAsync(cancellationToken);
        await using (var begin = new NpgsqlCommand($"begin isolation level repeatable read read only; set transaction snapshot '{name}'", connection))
            await begin.ExecuteNonQueryAsync(cancellationToken);
        // offset 0: each part is decoded once, not once per head
        command = new NpgsqlCommand($"""
            select substring(d.heads from i * {StreamHead.EncodedLength} + 1 for {StreamHead.EncodedLength}) as head, d.version
              from (select version, decode(data->>'heads', 'base64') as heads from {store.Options.QuotedSchema}.all_events
                     where stream_id = $1 and type = '{CheckpointHeads.EventTypeName}' offset 0) d
              cross join lateral generate_series(0, octet_length(d.heads) / {StreamHead.EncodedLength} - 1) i
             where $2::bytea is null or substring(d.heads from i * {StreamHead.EncodedLength} + 1 for 16) = $2
             order by 1, 2
            """, connection) { CommandTimeout = 0 };
        command.Parameters.Add(Parameter.Of(NpgsqlDbType.Uuid, Checkpoint.StreamId));
        command.Parameters.Add(Parameter.Of(NpgsqlDbType.Bytea, one?.ToByteArray(bigEndian: true)));
        recorded = await command.ExecuteReaderAsync(cancellationToken);
        await AdvanceAsync(cancellationToken);
    }

    /// <summary>Streams come in the order of ids.</summary>
    public void BeginStream(Guid id)
    {
        if (coming is { } next && StreamHead.CompareIds(next.Head.StreamId, id) < 0)
            Removed(next);
        (stream, last, lastCheckpoint, agreed) = (id, default, chain.Count, 0);
    }

    /// <summary>Its events come in the order of versions.</summary>
    public ValueTask NextAsync(long version, long sequence, ReadOnlyMemory<byte> hash, CancellationToken cancellationToken)
    {
        foreach (var whole in covered)
            whole.Next(stream, version, sequence, hash);
        var checkpoint = chain.Covering(sequence);
        var settled = last.Version > 0 && checkpoint != lastCheckpoint ? SettleAsync(cancellationToken) : Task.CompletedTask;
        (last, lastCheckpoint) = (new StreamHead(stream, version, hash), checkpoint);
        return new ValueTask(settled);
    }

    public async Task EndStreamAsync(CancellationToken cancellationToken)
    {
        foreach (var whole in covered)
            whole.EndStream();
        if (last.Version > 0)
            await SettleAsync(cancellationToken);
        if (Broken is null && coming is { } more && more.Head.StreamId == stream)
            Break(stream, last.Version + 1, ChainFault.CutOff, $"when checkpoint {CheckpointChain.Number(more.Checkpoint)} was taken the stream stood at version {more.Head.Version}; it ends at version {last.Version} now");
    }

    /// <summary>After the last stream.</summary>
    public void End()
    {
        if (coming is { } next)
            Removed(next);
        foreach (var whole in covered)
            if (Broken is null && whole.Fault() is { } fault)
                Break(Checkpoint.StreamId, chain.VersionOf(chain.Count - 1), ChainFault.Checkpoint, fault);
    }

    /// <summary>The last event before a checkpoint's ceiling must be what that checkpoint recorded.</summary>
    async Task SettleAsync(CancellationToken cancellationToken)
    {
        // in a copy: the caller goes on to the next event meanwhile
        var (head, checkpoint) = (last, lastCheckpoint);
        if (checkpoint == chain.Count || Broken is not null)
            return;
        if (coming is not { } record || record.Head.StreamId != head.StreamId || record.Checkpoint > checkpoint)
            Break(head.StreamId, agreed + 1, ChainFault.PutIn, $"the stream stands at version {head.Version} at sequence {chain.CeilingOf(checkpoint)}, but checkpoint {CheckpointChain.Number(checkpoint)} recorded no event of it after version {agreed}");
        else if (record.Checkpoint < checkpoint)
            Break(head.StreamId, Math.Min(head.Version, record.Head.Version), ChainFault.Rewritten, $"checkpoint {CheckpointChain.Number(record.Checkpoint)} recorded version {record.Head.Version} up to sequence {chain.CeilingOf(record.Checkpoint)}, which has a higher sequence now");
        else if (record.Head.Version > head.Version)
            Break(head.StreamId, head.Version + 1, ChainFault.CutOff, $"when checkpoint {CheckpointChain.Number(checkpoint)} was taken the stream stood at version {record.Head.Version}; it ends at version {head.Version} now");
        else if (record.Head.Version < head.Version)
            Break(head.StreamId, record.Head.Version + 1, ChainFault.PutIn, $"when checkpoint {CheckpointChain.Number(checkpoint)} was taken the stream stood at version {record.Head.Version}; {head.Version} versions lie before it now");
        else if (!record.Head.Hash.Span.SequenceEqual(head.Hash.Span))
            Break(head.StreamId, agreed + 1, ChainFault.Rewritten, $"an event from version {agreed + 1} to {head.Version} is not what it was when checkpoint {CheckpointChain.Number(checkpoint)} was taken, although all hashes fit");
        else
        {
            agreed = head.Version;
            await AdvanceAsync(cancellationToken);
        }
    }

    async Task AdvanceAsync(CancellationToken cancellationToken)
    {
        coming = null;
        while (coming is null && await recorded!.ReadAsync(cancellationToken))
        {
            var checkpoint = chain.OfPart(recorded.GetInt64(1));
            // left behind by one who died before the signature, or part of no checkpoint yet
            if (checkpoint < chain.Count && recorded.GetInt64(1) >= chain.FirstPartOf(checkpoint))
                coming = (StreamHead.Decode(recorded.GetFieldValue<byte[]>(0)), checkpoint);
        }
    }

    void Removed((StreamHead Head, int Checkpoint) record) =>
        Break(record.Head.StreamId, 1, ChainFault.MissingStream, $"the stream stood at version {record.Head.Version} when checkpoint {CheckpointChain.Number(record.Checkpoint)} was taken and is gone");

    void Break(Guid streamId, long version, ChainFault fault, string detail) =>
        Broken ??= new BrokenEvent(streamId, version, fault, $"Stream {streamId}, version {version}: {detail}.");

    public async ValueTask DisposeAsync()
    {
        try
        {
            // the rest need not come over the wire
            if (recorded is not null && coming is not null)
                command!.Cancel();
            if (recorded is not null)
                await recorded.DisposeAsync();
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.QueryCanceled)
        {
            // as asked for
        }
        if (command is not null)
            await command.DisposeAsync();
        if (connection is null)
            return;
        await using (var rollback = new NpgsqlCommand("rollback", connection))
            await rollback.ExecuteNonQueryAsync();
        await connection.DisposeAsync();
    }

    /// <summary>The tree of one checkpoint, from the events themselves.</summary>
    sealed class Covered(Checkpoint checkpoint)
    {
        readonly MerkleTree tree = new();
        readonly byte[] encoded = new byte[StreamHead.EncodedLength];
        long events;
        StreamHead head;

        public void Next(Guid stream, long version, long sequence, ReadOnlyMemory<byte> hash)
        {
            if (sequence <= checkpoint.Taken.SequenceCeiling)
                head = new StreamHead(stream, version, hash);
        }

        public void EndStream()
        {
            if (head.Version == 0)
                return;
            head.Encode(encoded);
            tree.Add(encoded);
            events += head.Version;
            head = default;
        }

        public string? Fault() => Convert.ToHexStringLower(tree.Root()) == checkpoint.Taken.Root ? null
            : $"checkpoint {checkpoint.Taken.Number} was taken over {checkpoint.Taken.Streams} streams with {checkpoint.Taken.Events} events and another root than the {tree.Leaves} streams with {events} events have now";
    }
}
