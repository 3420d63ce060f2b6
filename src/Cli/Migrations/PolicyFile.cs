using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using OptiInfra.Cli.Errors;
using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.LiveMigrations;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Cli.Migrations;

/// <summary>A migration's or a job's policy as JSON; what it does not name keeps its default.</summary>
static class PolicyFile
{
    static readonly JsonSerializerOptions Strict = new(ContractsJson.Options)
    {
        // generated readers set what a file does not name to nothing instead of to its default
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        RespectNullableAnnotations = true,
    };

    /// <exception cref="CliException">The file is absent, is no policy, or the policy breaks a rule.</exception>
    public static MigrationPolicy Read(string path)
    {
        var policy = Read<MigrationPolicy>(path, "{ \"maxDegradation\": 0.05 }");
        return PolicyRules.Broken(policy) is { } broken ? throw CliException.BadInput($"Policy file {path}: {broken}") : policy;
    }

    /// <summary>Of a training job; its rules are judged with the job.</summary>
    /// <exception cref="CliException">The file is absent or is no policy.</exception>
    public static JobPolicy ReadJob(string path) => Read<JobPolicy>(path, "{ \"scouting\": { \"minSavingFraction\": 0.3 } }");

    static T Read<T>(string path, string example) where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(File.ReadAllText(path), Strict)
                ?? throw CliException.BadInput($"Policy file {path} holds null; write an object such as {example}.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CliException.BadInput($"Policy file {path} cannot be read: {e.Message}", e);
        }
        catch (JsonException e)
        {
            throw CliException.BadInput($"Policy file {path} is no policy{(e.LineNumber is { } line ? $" (line {line + 1})" : "")}: {e.Message}", e);
        }
    }
}
