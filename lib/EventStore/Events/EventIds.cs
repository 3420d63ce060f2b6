using System.Buffers.Binary;
using System.Security.Cryptography;

namespace OptiInfra.EventStore;

/// <summary>
/// Ids of new events: UUID version 7 (RFC 9562, section 5.7), as <see cref="Guid.CreateVersion7(DateTimeOffset)"/> makes
/// them, but with randomness drawn for many at a time: the call of the system's generator is most of what an id costs.
/// </summary>
static class EventIds
{
    const int IdBytes = 16;
    const int IdsPerDraw = 64;

    [ThreadStatic]
    static byte[]? random;
    [ThreadStatic]
    static int used;

    public static Guid Next(DateTimeOffset at)
    {
        if (random is null || used == random.Length)
        {
            random ??= new byte[IdBytes * IdsPerDraw];
            RandomNumberGenerator.Fill(random);
            used = 0;
        }
        var id = random.AsSpan(used, IdBytes);
        used += IdBytes;
        Span<byte> milliseconds = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(milliseconds, at.ToUnixTimeMilliseconds());
        milliseconds[2..].CopyTo(id);
        id[6] = (byte)((id[6] & 0x0F) | 0x70);
        id[8] = (byte)((id[8] & 0x3F) | 0x80);
        return new Guid(id, bigEndian: true);
    }
}
