using System.Security.Cryptography;
using System.Text;

namespace OptiInfra.CloudSim.Signing;

/// <summary>What a request is signed with.</summary>
/// <param name="SessionToken">What X-Amz-Security-Token must say; null for the account's own key, which has none.</param>
public sealed record Credential(string AccessKey, string SecretKey, string? SessionToken);

/// <summary>
/// The account's key, and the temporary credentials that an instance reads from its metadata. The latter are computed from the account's
/// secret and the access key's name, so they are valid after a restart too; like AWS's own they stay valid when the instance is gone.
/// </summary>
public sealed class InstanceCredentials(string accessKey, string secretKey)
{
    /// <summary>AWS's prefix of temporary access keys.</summary>
    private const string Temporary = "ASIA";

    public Credential OfInstance(string instanceId) => Derived(Temporary + Mac("access-key", instanceId)[..16].ToUpperInvariant());

    /// <summary>The credential with this access key, or null where there is none.</summary>
    public Credential? Find(string key) =>
        string.Equals(key, accessKey, StringComparison.Ordinal) ? new Credential(accessKey, secretKey, SessionToken: null)
        : key.StartsWith(Temporary, StringComparison.Ordinal) ? Derived(key)
        : null;

    /// <summary>A code that only who knows the account's secret can make, in lower-case hexadecimal.</summary>
    public string Mac(string purpose, string text) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secretKey), Encoding.UTF8.GetBytes(purpose + "\n" + text)));

    // whoever holds a secret or token to this name got it from here: neither can be guessed
    private Credential Derived(string key) => new(key, Mac("secret-key", key), Mac("session-token", key));
}
