using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MassTransit;
using OptiInfra.EventStore;

namespace OptiInfra.Messaging.PostgresIntegration.Saga;

/// <summary>How instances of a saga are stored. One per saga type and process.</summary>
sealed class PostgresSagaOptions<TSaga> where TSaga : class, ISaga
{
    readonly PropertyInfo? currentState = typeof(TSaga).GetProperty("CurrentState");

    public PostgresSagaOptions(IDocumentStore store, string sagaType)
    {
        SagaType = sagaType;
        var stored = store.Options.Serializer;
        // saga states need not be in the store's source-generated contexts
        Serializer = new JsonSerializerOptions(stored)
        {
            WriteIndented = false,
            TypeInfoResolver = stored.TypeInfoResolver is { } resolver
                ? JsonTypeInfoResolver.Combine(resolver, new DefaultJsonTypeInfoResolver())
                : new DefaultJsonTypeInfoResolver(),
        };
    }

    /// <summary>Under which the instances are stored.</summary>
    public string SagaType { get; }

    public JsonSerializerOptions Serializer { get; }

    public CorrelationTurns Turns { get; } = new();

    public string Serialize(TSaga instance) => JsonSerializer.Serialize(instance, Serializer);

    /// <exception cref="JsonException">The stored state does not fit the type.</exception>
    public SagaRow<TSaga> Read(string json, int version)
    {
        var instance = JsonSerializer.Deserialize<TSaga>(json, Serializer)
            ?? throw new JsonException($"A stored state of {typeof(TSaga)} is null.");
        if (instance is ISagaVersion versioned)
            versioned.Version = version;
        return new(instance, version);
    }

    public string? StateOf(TSaga instance) => currentState?.GetValue(instance) switch
    {
        null => null,
        State state => state.Name,
        var value => Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture),
    };
}

/// <summary>A stored instance and the version at which it was read.</summary>
sealed record SagaRow<TSaga>(TSaga Instance, int Version);
