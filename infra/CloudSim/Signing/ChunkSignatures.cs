using System.Security.Cryptography;
using System.Text;

namespace OptiInfra.CloudSim.Signing;

/// <summary>
/// The chain of signatures of a body sent in signed chunks ("Signature calculations: transferring payload in multiple chunks", S3 API
/// reference): each covers its chunk and the signature before it.
/// </summary>
public sealed class ChunkSignatures(byte[] key, string time, string scope, string seed)
{
    private static readonly string EmptyHash = Convert.ToHexStringLower(SHA256.HashData([]));

    private string _previous = seed;

    /// <param name="hash">SHA-256 of the chunk's data.</param>
    public bool AcceptChunk(byte[] hash, string? signature) =>
        Accept($"AWS4-HMAC-SHA256-PAYLOAD\n{time}\n{scope}\n{_previous}\n{EmptyHash}\n{Convert.ToHexStringLower(hash)}", signature);

    /// <param name="trailers">Lines NAME:VALUE, each with a newline.</param>
    public bool AcceptTrailers(string trailers, string? signature) =>
        Accept($"AWS4-HMAC-SHA256-TRAILER\n{time}\n{scope}\n{_previous}\n{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(trailers)))}", signature);

    private bool Accept(string text, string? signature)
    {
        _previous = Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text)));
        return signature is not null && CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(_previous), Encoding.ASCII.GetBytes(signature));
    }
}
