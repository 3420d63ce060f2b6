using System.Security.Cryptography;
using OptiInfra.CloudSim.Instances;

namespace OptiInfra.CloudSim.S3;

/// <summary>A checksum as S3 keeps it.</summary>
/// <param name="Algorithm">S3's word: CRC32, CRC32C, CRC64NVME, SHA1 or SHA256.</param>
/// <param name="Value">Base64; of a composite checksum with -N for the number of its parts.</param>
/// <param name="Composite">Taken over the checksums of the parts instead of over the data.</param>
public sealed record Checksum(string Algorithm, string Value, bool Composite = false)
{
    /// <summary>What S3 takes where the caller names none.</summary>
    public const string Default = "CRC64NVME";

    public static readonly IReadOnlyList<string> Algorithms = ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"];

    public string Type => Composite ? "COMPOSITE" : "FULL_OBJECT";

    public string Header => HeaderOf(Algorithm);

    public static string HeaderOf(string algorithm) => "x-amz-checksum-" + algorithm.ToLowerInvariant();

    /// <summary>The algorithm in S3's spelling; throws where there is none of that name.</summary>
    public static string Named(string name) =>
        Algorithms.FirstOrDefault(algorithm => string.Equals(algorithm, name, StringComparison.OrdinalIgnoreCase))
        ?? throw CloudRefusalException.Invalid("InvalidRequest", $"Checksum algorithm provided is unsupported: {name}. This cloud knows {string.Join(", ", Algorithms)}.");

    /// <summary>Takes the checksum of a composite: over the raw checksums of the parts, in order.</summary>
    public static Checksum Compose(string algorithm, IReadOnlyCollection<string> parts)
    {
        using var digest = new RunningDigest(algorithm);
        foreach (var part in parts)
        {
            digest.Append(Convert.FromBase64String(part));
        }

        return new Checksum(algorithm, FormattableString.Invariant($"{Convert.ToBase64String(digest.Value())}-{parts.Count}"), Composite: true);
    }
}

/// <summary>One of S3's checksums over data that comes in pieces.</summary>
public sealed class RunningDigest : IDisposable
{
    private readonly ReflectedCrc? _crc;
    private readonly IncrementalHash? _hash;

    public RunningDigest(string algorithm)
    {
        _crc = algorithm switch
        {
            "CRC32" => ReflectedCrc.Crc32(),
            "CRC32C" => ReflectedCrc.Crc32C(),
            "CRC64NVME" => ReflectedCrc.Crc64Nvme(),
            _ => null,
        };
        if (_crc is null)
        {
            _hash = IncrementalHash.CreateHash(new HashAlgorithmName(algorithm));
        }
    }

    public void Append(ReadOnlySpan<byte> data)
    {
        _crc?.Append(data);
        _hash?.AppendData(data);
    }

    public byte[] Value() => _crc?.Value() ?? _hash!.GetCurrentHash();

    public void Dispose() => _hash?.Dispose();
}
