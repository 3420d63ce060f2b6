using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using OptiInfra.Cli.Errors;
using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Cli.Migrations;

/// <summary>A policy as JSON; what it does not name keeps its default.</summary>
static class PolicyFile
{
    static readonly JsonSerializerOptions Strict = new(ContractsJson.Options)
    {
        // generated readers set what a file does not name to nothing instead of to its default
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
    };

    /// <exception cref="CliException">The file is absent, is no policy, or the policy breaks a rule.</exception>
    public static MigrationPolicy Read(string path)
    {
        MigrationPolicy policy;
        try
        {
            policy = JsonSerializer.Deserialize<MigrationPolicy>(File.ReadAllText(path), Strict)
                ?? throw CliException.BadInput($"Policy file {path} holds null; write an object such as {{ \"maxDegradation\": 0.05 }}.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CliException.BadInput($"Policy file {path} cannot be read: {e.Message}", e);
        }
        catch (JsonException e)
        {
            throw CliException.BadInput($"Policy file {path} is no policy{(e.LineNumber is { } line ? $" (line {line + 1})" : "")}: {e.Message}", e);
        }

        return PolicyRules.Broken(policy) is { } broken ? throw CliException.BadInput($"Policy file {path}: {broken}") : policy;
    }
}
