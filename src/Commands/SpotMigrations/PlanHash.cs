using System.Security.Cryptography;
using System.Text.Json;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Commands.SpotMigrations;

/// <summary>The identity of a plan: approving a hash approves exactly these moves at these prices.</summary>
public static class PlanHash
{
    /// <summary>SHA-256 of the plan as it is written to the log, in lower-case hexadecimal.</summary>
    public static string Of(MigrationPlan plan) =>
        Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(plan, ContractsJson.Options)));
}
