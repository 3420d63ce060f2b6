using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using OptiInfra.Contracts;

namespace OptiInfra.Commands.SpotMigrations;

/// <summary>
/// The idempotency token of a launch. EC2 scopes tokens to a zone and refuses one that comes back with other parameters,
/// so attempt and pool are part of it (Amazon EC2 API reference, "Ensuring idempotency").
/// </summary>
public static class ClientToken
{
    /// <summary>At most 64 ASCII characters, the same for the same attempt.</summary>
    public static string For(Guid migrationId, string instanceId, int attempt, CapacityPool pool)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{migrationId:N}|{instanceId}|{attempt}|{pool.CapacityType}|{pool.InstanceType}|{pool.AvailabilityZone}");
        return "optiinfra-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..48];
    }
}
