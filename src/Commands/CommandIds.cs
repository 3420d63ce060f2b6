using System.Security.Cryptography;
using System.Text;

namespace OptiInfra.Commands;

/// <summary>Ids of commands that a message leads to: the same message and step give the same id, so a redelivery does nothing twice.</summary>
public static class CommandIds
{
    /// <summary>A name-based UUID (RFC 9562, version 8 over SHA-256).</summary>
    public static Guid Derive(Guid messageId, string step)
    {
        Span<byte> input = stackalloc byte[16 + Encoding.UTF8.GetByteCount(step)];
        messageId.TryWriteBytes(input, bigEndian: true, out _);
        Encoding.UTF8.GetBytes(step, input[16..]);
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(input, hash);
        hash[6] = (byte)((hash[6] & 0x0F) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash[..16], bigEndian: true);
    }
}
