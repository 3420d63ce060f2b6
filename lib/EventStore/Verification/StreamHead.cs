using System.Buffers.Binary;
using System.Security.Cryptography;

namespace OptiInfra.EventStore;

/// <summary>Where a stream stood: its version, and the chain hash of the event of that version.</summary>
readonly record struct StreamHead(Guid StreamId, long Version, ReadOnlyMemory<byte> Hash)
{
    /// <summary>Id and version big endian, then the hash: ordered as bytes it is ordered as PostgreSQL orders ids, then by version.</summary>
    public const int EncodedLength = IdLength + sizeof(long) + SHA256.HashSizeInBytes;
    const int IdLength = 16;

    public void Encode(Span<byte> destination)
    {
        StreamId.TryWriteBytes(destination, bigEndian: true, out _);
        BinaryPrimitives.WriteInt64BigEndian(destination[IdLength..], Version);
        Hash.Span.CopyTo(destination[(IdLength + sizeof(long))..]);
    }

    public static StreamHead Decode(ReadOnlySpan<byte> encoded) => new(
        new Guid(encoded[..IdLength], bigEndian: true),
        BinaryPrimitives.ReadInt64BigEndian(encoded[IdLength..]),
        encoded[(IdLength + sizeof(long))..].ToArray());

    /// <summary>In the order in which PostgreSQL orders ids.</summary>
    public static int CompareIds(Guid a, Guid b)
    {
        Span<byte> x = stackalloc byte[IdLength];
        Span<byte> y = stackalloc byte[IdLength];
        a.TryWriteBytes(x, bigEndian: true, out _);
        b.TryWriteBytes(y, bigEndian: true, out _);
        return x.SequenceCompareTo(y);
    }
}
