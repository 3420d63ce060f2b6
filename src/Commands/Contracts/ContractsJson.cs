using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Contracts;

/// <summary>How events and commands are written: camel case, enums in snake case, nothing left out.</summary>
public static class ContractsJson
{
    public static JsonSerializerOptions Options { get; } = Create();

    /// <summary>All event types with their stored names, in this assembly.</summary>
    public static IReadOnlyList<(Type Type, string Name, int SchemaVersion)> EventTypes { get; } =
    [
        .. from type in typeof(ContractsJson).Assembly.GetExportedTypes()
           let attribute = (EventTypeAttribute?)Attribute.GetCustomAttribute(type, typeof(EventTypeAttribute))
           where attribute is not null
           orderby attribute.Name
           select (type, attribute.Name, attribute.SchemaVersion),
    ];

    static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            // the log is read by people too: no \u0022 for a quotation mark
            Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            NumberHandling = JsonNumberHandling.Strict,
        };
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false));
        options.TypeInfoResolver = JsonTypeInfoResolver.Combine(new GeneratedResolver(), new DefaultJsonTypeInfoResolver());
        options.MakeReadOnly();
        return options;
    }
}

/// <summary>
/// The generated contexts, but for records whose properties have defaults: generated code sets an init-only property that the JSON
/// lacks to its type's default, so that a rule added later would read as zero from older events.
/// </summary>
sealed class GeneratedResolver : IJsonTypeInfoResolver
{
    public JsonTypeInfo? GetTypeInfo(Type type, JsonSerializerOptions options) =>
        type == typeof(MigrationPolicy) || type == typeof(FleetSelector) ? null : ((IJsonTypeInfoResolver)SpotMigrationsJson.Default).GetTypeInfo(type, options);
}

[JsonSerializable(typeof(MigrationRequested))]
[JsonSerializable(typeof(AnalysisStarted))]
[JsonSerializable(typeof(FleetAnalyzed))]
[JsonSerializable(typeof(OpportunityFound))]
[JsonSerializable(typeof(VotesRequested))]
[JsonSerializable(typeof(QualityBaselineTaken))]
[JsonSerializable(typeof(AgentApproved))]
[JsonSerializable(typeof(AgentRejected))]
[JsonSerializable(typeof(ApprovalRequested))]
[JsonSerializable(typeof(CustomerApproved))]
[JsonSerializable(typeof(CustomerRejected))]
[JsonSerializable(typeof(ApprovalExpired))]
[JsonSerializable(typeof(PhaseStarted))]
[JsonSerializable(typeof(InstanceMigrationStarted))]
[JsonSerializable(typeof(ReplacementLaunched))]
[JsonSerializable(typeof(LaunchFailed))]
[JsonSerializable(typeof(InstanceMigrated))]
[JsonSerializable(typeof(InstanceMigrationFailed))]
[JsonSerializable(typeof(PhaseCompleted))]
[JsonSerializable(typeof(QualityWindowOpened))]
[JsonSerializable(typeof(QualityCheckRequested))]
[JsonSerializable(typeof(QualityMeasured))]
[JsonSerializable(typeof(QualityDegraded))]
[JsonSerializable(typeof(MonitoringExtended))]
[JsonSerializable(typeof(RolloutPaused))]
[JsonSerializable(typeof(RolloutResumed))]
[JsonSerializable(typeof(InstanceInterrupted))]
[JsonSerializable(typeof(InstanceReturnedToOnDemand))]
[JsonSerializable(typeof(RollbackStarted))]
[JsonSerializable(typeof(InstanceRolledBack))]
[JsonSerializable(typeof(AttentionNeeded))]
[JsonSerializable(typeof(MigrationRolledBack))]
[JsonSerializable(typeof(CancellationRequested))]
[JsonSerializable(typeof(MigrationCancelled))]
[JsonSerializable(typeof(RetirementStarted))]
[JsonSerializable(typeof(InstanceRetired))]
[JsonSerializable(typeof(MigrationCompleted))]
[JsonSerializable(typeof(MigrationFailed))]
sealed partial class SpotMigrationsJson : JsonSerializerContext;
