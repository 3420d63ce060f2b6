using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;

namespace OptiInfra.EventStore;

/// <summary>An event of the store about itself; it stays in the store and travels on no bus.</summary>
public interface IStoreEvent;

/// <summary>
/// A signed statement about everything up to a position of the log. Hashes are in lower-case hexadecimal.
/// </summary>
/// <param name="Number">From 1, without gaps.</param>
/// <param name="SequenceCeiling">What has a higher sequence is not covered.</param>
/// <param name="Streams">Streams with at least one event up to the ceiling.</param>
/// <param name="Events">Their events up to the ceiling.</param>
/// <param name="Root">RFC 6962 Merkle tree hash over their heads at the ceiling (id, version, hash), in the order of ids.</param>
/// <param name="ChangedStreams">Streams with an event between the previous checkpoint's ceiling and this one.</param>
/// <param name="ChangedDigest">SHA-256 over their heads at the ceiling, in the order of ids.</param>
/// <param name="HeadsVersion">Version of the first <see cref="CheckpointHeads"/> event that holds those heads; the last is the one before this event.</param>
/// <param name="PreviousHash">Chain hash of the previous checkpoint's event; zeros for the first.</param>
/// <param name="KeyId">See <see cref="CheckpointKey.Id"/>.</param>
/// <param name="Signature">ECDSA over P-256 and SHA-256 (DER, base64) of <see cref="SignedBytes"/>.</param>
public sealed record CheckpointTaken(
    [property: JsonPropertyName("number")] long Number,
    [property: JsonPropertyName("sequenceCeiling")] long SequenceCeiling,
    [property: JsonPropertyName("streams")] long Streams,
    [property: JsonPropertyName("events")] long Events,
    [property: JsonPropertyName("root")] string Root,
    [property: JsonPropertyName("changedStreams")] long ChangedStreams,
    [property: JsonPropertyName("changedDigest")] string ChangedDigest,
    [property: JsonPropertyName("headsVersion")] long HeadsVersion,
    [property: JsonPropertyName("previousHash")] string PreviousHash,
    [property: JsonPropertyName("takenAt")] DateTimeOffset TakenAt,
    [property: JsonPropertyName("keyId")] string KeyId,
    [property: JsonPropertyName("signature")] string Signature) : IStoreEvent
{
    public const string EventTypeName = "checkpoint_taken";

    /// <summary>
    /// What is signed: the words "optiinfra checkpoint" and the encoding's number 1, then every field but the signature in
    /// the order given here; integers as 8 bytes big endian, the time as microseconds since 1970, texts as their length (8
    /// bytes) and UTF-8.
    /// </summary>
    public byte[] SignedBytes()
    {
        using var bytes = new MemoryStream();
        Text("optiinfra checkpoint");
        Number64(1);
        Number64(Number);
        Number64(SequenceCeiling);
        Number64(Streams);
        Number64(Events);
        Text(Root);
        Number64(ChangedStreams);
        Text(ChangedDigest);
        Number64(HeadsVersion);
        Text(PreviousHash);
        Number64((TakenAt.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond);
        Text(KeyId);
        return bytes.ToArray();

        void Number64(long value)
        {
            Span<byte> buffer = stackalloc byte[sizeof(long)];
            BinaryPrimitives.WriteInt64BigEndian(buffer, value);
            bytes.Write(buffer);
        }

        void Text(string value)
        {
            var utf8 = Encoding.UTF8.GetBytes(value);
            Number64(utf8.Length);
            bytes.Write(utf8);
        }
    }
}

/// <summary>The heads of streams that changed since the previous checkpoint, in parts of a bounded size: what names the stream that was tampered with.</summary>
/// <param name="Part">From 0; part 0 begins anew, so that parts which a crash left behind do not count.</param>
/// <param name="Heads">Base64 of 56 bytes per stream: id and version big endian, chain hash.</param>
public sealed record CheckpointHeads(
    [property: JsonPropertyName("number")] long Number,
    [property: JsonPropertyName("part")] int Part,
    [property: JsonPropertyName("heads")] string Heads) : IStoreEvent
{
    public const string EventTypeName = "checkpoint_heads";
}

/// <summary>A checkpoint with the chain hash of its event: what is kept elsewhere, to show later that it and all before it are still there.</summary>
public sealed record Checkpoint(
    [property: JsonPropertyName("checkpoint")] CheckpointTaken Taken,
    [property: JsonPropertyName("eventHash")] string EventHash)
{
    /// <summary>The stream of all checkpoints.</summary>
    public static Guid StreamId { get; } = Guid.Parse("00000000-0000-8000-8000-636865636b70");

    /// <summary>The tenant of that stream.</summary>
    public const string TenantId = "event-store";

    internal static string NoPrevious { get; } = new('0', 2 * SHA256.HashSizeInBytes);
}
