using System.Security.Cryptography;
using Npgsql;
using NpgsqlTypes;

namespace OptiInfra.EventStore;

/// <summary>All checkpoints of a store, read in one snapshot and held against each other, their signatures and what is known of them elsewhere.</summary>
sealed class CheckpointChain
{
    readonly List<long> ceilings = [];
    readonly List<long> takenVersions = [];
    readonly List<long> headsVersions = [];
    readonly CheckpointTrust trust;

    CheckpointChain(CheckpointTrust trust) => this.trust = trust;

    public int Count => ceilings.Count;
    public Checkpoint? Newest { get; private set; }
    /// <summary>The checkpoint that is known elsewhere, once it was met here.</summary>
    public bool KnownIsHere { get; private set; }
    /// <summary>The first fault; what comes after it was not read.</summary>
    public BrokenEvent? Broken { get; private set; }

    /// <summary>Index of the first checkpoint that covers an event of this sequence; <see cref="Count"/> where none does.</summary>
    public int Covering(long sequence) => Lowest(ceilings, sequence);

    /// <summary>Index of the checkpoint to which a part of heads of this version belongs.</summary>
    public int OfPart(long version) => Lowest(takenVersions, version);

    /// <summary>Version of the first part of heads of a checkpoint.</summary>
    public long FirstPartOf(int index) => headsVersions[index];

    public long VersionOf(int index) => takenVersions[index];

    public static long Number(int index) => index + 1;

    public long CeilingOf(int index) => ceilings[index];

    public CheckpointsReport? Report() => Newest is null ? null : new(Count, Newest, trust.Keys.Count > 0);

    static int Lowest(List<long> ascending, long atLeast)
    {
        var index = ascending.BinarySearch(atLeast);
        return index < 0 ? ~index : index;
    }

    public static async Task<CheckpointChain> ReadAsync(DocumentStore store, NpgsqlConnection connection, CheckpointTrust trust, CancellationToken cancellationToken)
    {
        var chain = new CheckpointChain(trust);
        var heads = new Heads();
        await using (var command = new NpgsqlCommand($"select {EventRow.Columns} from {store.Options.QuotedSchema}.all_events where stream_id = $1 order by version", connection) { CommandTimeout = 0 })
        {
            command.Parameters.Add(Parameter.Of(NpgsqlDbType.Uuid, Checkpoint.StreamId));
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (chain.Broken is null && await reader.ReadAsync(cancellationToken))
                chain.Next(EventRow.Read(reader, store.Codec), heads);
            if (chain.Broken is not null)
                command.Cancel();
        }

        if (chain.Broken is null && trust.Known is { } known && !chain.KnownIsHere)
            chain.Break(heads.LastVersion + 1, $"checkpoint {known.Taken.Number}, which covers {known.Taken.Events} events up to sequence {known.Taken.SequenceCeiling}, was kept elsewhere and is not here; {(chain.Newest is { } newest ? $"the newest here is {newest.Taken.Number}" : "there is none here")}");
        return chain;
    }

    void Next(StoredEvent @event, Heads heads)
    {
        heads.LastVersion = @event.Version;
        object data;
        try
        {
            data = @event.Data;
        }
        catch (EventDataException e)
        {
            Break(@event.Version, e.Message.TrimEnd('.'));
            return;
        }

        switch (data)
        {
            case CheckpointHeads part:
                if (!heads.Add(@event.Version, part))
                    Break(@event.Version, "its list of heads cannot be read");
                break;
            case CheckpointTaken taken when Fault(@event.Version, taken, heads) is { } fault:
                Break(@event.Version, fault);
                break;
            case CheckpointTaken taken:
                Newest = new Checkpoint(taken, Convert.ToHexStringLower(@event.Hash.Span));
                KnownIsHere |= trust.Known == Newest;
                ceilings.Add(taken.SequenceCeiling);
                takenVersions.Add(@event.Version);
                headsVersions.Add(taken.HeadsVersion);
                break;
            default:
                Break(@event.Version, $"a '{@event.EventTypeName}' does not belong into the stream of checkpoints");
                break;
        }
    }

    string? Fault(long version, CheckpointTaken taken, Heads heads)
    {
        var previous = Newest;
        if (taken.Number != (previous?.Taken.Number ?? 0) + 1)
            return $"checkpoint {taken.Number} follows {(previous is null ? "none" : $"checkpoint {previous.Taken.Number}")}; those between were removed";
        if (trust.Keys.Count > 0)
        {
            if (trust.Keys.FirstOrDefault(k => k.Id == taken.KeyId) is not { } key)
                return $"checkpoint {taken.Number} is signed with key {taken.KeyId}, which is none of those that are trusted ({string.Join(", ", trust.Keys.Select(k => k.Id))})";
            if (!key.Verifies(taken))
                return $"the signature of checkpoint {taken.Number} is not that of key {taken.KeyId}";
        }

        if (trust.Known is { } known && known.Taken.Number == taken.Number && known.Taken != taken)
            return $"checkpoint {taken.Number} is not the one that was kept elsewhere";
        if (taken.PreviousHash != (previous?.EventHash ?? Checkpoint.NoPrevious))
            return $"checkpoint {taken.Number} was taken after another predecessor than the one before it";
        if (taken.SequenceCeiling <= (previous?.Taken.SequenceCeiling ?? 0))
            return $"checkpoint {taken.Number} ends at sequence {taken.SequenceCeiling}, not after its predecessor";
        if (!heads.Are(version, taken))
            return $"the heads that checkpoint {taken.Number} lists are not those that it was signed over";
        return null;
    }

    void Break(long version, string detail) =>
        Broken ??= new BrokenEvent(Checkpoint.StreamId, version, ChainFault.Checkpoint, $"Stream of checkpoints, version {version}: {detail}.");

    /// <summary>The parts read since the last part 0.</summary>
    sealed class Heads
    {
        readonly IncrementalHash digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long first;
        int parts;
        long count;

        public long LastVersion { get; set; }

        public bool Add(long version, CheckpointHeads part)
        {
            var bytes = new byte[part.Heads.Length];
            if (!Convert.TryFromBase64String(part.Heads, bytes, out var length) || length % StreamHead.EncodedLength != 0)
                return false;
            if (part.Part == 0)
            {
                _ = digest.GetHashAndReset();
                (first, parts, count) = (version, 0, 0);
            }

            digest.AppendData(bytes, 0, length);
            count += length / StreamHead.EncodedLength;
            return part.Part == parts++;
        }

        public bool Are(long version, CheckpointTaken taken)
        {
            var (found, of) = (Convert.ToHexStringLower(digest.GetHashAndReset()), (first, count, last: first + parts));
            (first, parts, count) = (0, 0, 0);
            return of == (taken.HeadsVersion, taken.ChangedStreams, version) && found == taken.ChangedDigest;
        }
    }
}
