using System.Buffers.Text;
using System.Security.Cryptography;

namespace OptiInfra.Commands.Access;

/// <summary>
/// A token as its owner has it: <c>oi_</c> and 64 characters of base64url, which are the token's id (16 bytes) and 256
/// random bits. Only the SHA-256 of these 48 bytes is kept.
/// </summary>
public static class TokenSecret
{
    public const string Prefix = "oi_";
    const int IdBytes = 16;
    const int SecretBytes = 32;
    const int TextLength = 64;

    public static (string Text, string Hash) Create(Guid id)
    {
        Span<byte> bytes = stackalloc byte[IdBytes + SecretBytes];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        RandomNumberGenerator.Fill(bytes[IdBytes..]);
        return (Prefix + Base64Url.EncodeToString(bytes), Convert.ToHexStringLower(SHA256.HashData(bytes)));
    }

    /// <summary>Reads the form only; whether there is such a token, <see cref="Matches"/> tells.</summary>
    public static bool TryRead(string? text, out Guid id, out string hash)
    {
        (id, hash) = (Guid.Empty, "");
        if (text is null || text.Length != Prefix.Length + TextLength || !text.StartsWith(Prefix, StringComparison.Ordinal))
            return false;
        Span<byte> bytes = stackalloc byte[IdBytes + SecretBytes];
        if (!Base64Url.IsValid(text.AsSpan(Prefix.Length)) || !Base64Url.TryDecodeFromChars(text.AsSpan(Prefix.Length), bytes, out var written) || written != bytes.Length)
            return false;
        id = new Guid(bytes[..IdBytes], bigEndian: true);
        hash = Convert.ToHexStringLower(SHA256.HashData(bytes));
        return true;
    }

    /// <summary>Compares in a time that does not tell how much of it is right.</summary>
    public static bool Matches(AccessToken token, string hash) =>
        CryptographicOperations.FixedTimeEquals(Convert.FromHexString(token.SecretHash), Convert.FromHexString(hash));
}
