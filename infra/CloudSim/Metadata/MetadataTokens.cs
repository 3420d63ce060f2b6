using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using OptiInfra.CloudSim.Signing;

namespace OptiInfra.CloudSim.Metadata;

/// <summary>Session tokens of IMDSv2: they name the instance and the wall's instant at which they expire, and cannot be made up.</summary>
public sealed class MetadataTokens(InstanceCredentials credentials, TimeProvider wall)
{
    /// <summary>IMDSv2's limit on a token's life, in seconds.</summary>
    public const int LongestSeconds = 21_600;

    public string Issue(string instanceId, int seconds)
    {
        var expires = wall.GetUtcNow().AddSeconds(seconds).ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
        return expires + "." + Code(instanceId, expires);
    }

    public bool IsValid(string? token, string instanceId)
    {
        var parts = token?.Split('.') ?? [];
        return parts.Length == 2
            && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var expires)
            && wall.GetUtcNow().ToUnixTimeMilliseconds() < expires
            && CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(parts[1]), Encoding.ASCII.GetBytes(Code(instanceId, parts[0])));
    }

    private string Code(string instanceId, string expires) => credentials.Mac("metadata-token", instanceId + " " + expires);
}
