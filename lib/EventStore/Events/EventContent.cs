using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace OptiInfra.EventStore;

/// <summary>
/// The hashes of an event. Content hash: SHA-256 over id, stream, tenant, type name, schema version, timestamp, actor,
/// correlation, causation, trace parent and data, each of fixed length or preceded by its length, an absent one marked,
/// so that no two different events have the same encoding. Event hash: SHA-256 over the predecessor's hash in the stream
/// (32 zero bytes for the first), the version as 8 bytes big endian, and the content hash.
/// </summary>
static class EventContent
{
    /// <summary>The first byte of the encoding, for the day on which it has to change.</summary>
    const byte Encoding1 = 1;
    const int FixedPart = 128;

    public static ReadOnlyMemory<byte> FirstPredecessor { get; } = new byte[SHA256.HashSizeInBytes];

    public static byte[] ContentHash(IEvent @event, ReadOnlySpan<byte> data)
    {
        var longest = FixedPart + data.Length + Encoding.UTF8.GetMaxByteCount(
            @event.TenantId.Length + @event.EventTypeName.Length + (@event.Actor?.Length ?? 0) + (@event.TraceParent?.Length ?? 0));
        var buffer = ArrayPool<byte>.Shared.Rent(longest);
        try
        {
            var writer = new Writer(buffer);
            writer.Byte(Encoding1);
            writer.Guid(@event.Id);
            writer.Guid(@event.StreamId);
            writer.Text(@event.TenantId);
            writer.Text(@event.EventTypeName);
            writer.Int32(@event.SchemaVersion);
            writer.Int64(Microseconds(@event.Timestamp));
            writer.Text(@event.Actor);
            writer.Guid(@event.CorrelationId);
            writer.Guid(@event.CausationId);
            writer.Text(@event.TraceParent);
            writer.Bytes(data);
            return SHA256.HashData(writer.Written);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public static byte[] ChainHash(ReadOnlySpan<byte> predecessor, long version, ReadOnlySpan<byte> contentHash)
    {
        Span<byte> link = stackalloc byte[predecessor.Length + sizeof(long) + contentHash.Length];
        predecessor.CopyTo(link);
        BinaryPrimitives.WriteInt64BigEndian(link[predecessor.Length..], version);
        contentHash.CopyTo(link[(predecessor.Length + sizeof(long))..]);
        return SHA256.HashData(link);
    }

    /// <summary>As PostgreSQL keeps it, so that what is hashed is what is read back.</summary>
    public static DateTimeOffset Truncate(DateTimeOffset time) => new(time.UtcTicks - time.UtcTicks % TimeSpan.TicksPerMicrosecond, TimeSpan.Zero);

    static long Microseconds(DateTimeOffset time) => (time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    ref struct Writer(Span<byte> buffer)
    {
        readonly Span<byte> buffer = buffer;
        int length;

        public readonly ReadOnlySpan<byte> Written => buffer[..length];

        public void Byte(byte value) => buffer[length++] = value;

        public void Int32(int value)
        {
            BinaryPrimitives.WriteInt32BigEndian(buffer[length..], value);
            length += sizeof(int);
        }

        public void Int64(long value)
        {
            BinaryPrimitives.WriteInt64BigEndian(buffer[length..], value);
            length += sizeof(long);
        }

        public void Guid(Guid value)
        {
            value.TryWriteBytes(buffer[length..], bigEndian: true, out var written);
            length += written;
        }

        public void Guid(Guid? value)
        {
            Byte(value is null ? (byte)0 : (byte)1);
            if (value is { } present)
                Guid(present);
        }

        /// <summary>Absent and empty differ: -1 and 0.</summary>
        public void Text(string? value)
        {
            if (value is null)
            {
                Int32(-1);
                return;
            }
            var written = Encoding.UTF8.GetBytes(value, buffer[(length + sizeof(int))..]);
            Int32(written);
            length += written;
        }

        public void Bytes(ReadOnlySpan<byte> value)
        {
            Int32(value.Length);
            value.CopyTo(buffer[length..]);
            length += value.Length;
        }
    }
}
