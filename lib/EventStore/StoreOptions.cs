using System.Reflection;
using System.Text.Json;

namespace OptiInfra.EventStore;

/// <summary>Settings of one store.</summary>
public sealed partial class StoreOptions
{
    /// <summary>Connection string of the application's role: it may insert and read events, not change or delete them.</summary>
    public string ConnectionString { get; set; } = "";
    /// <summary>Connection string of the schema's owner; only for applying the schema. The application's own when null.</summary>
    public string? OwnerConnectionString { get; set; }
    /// <summary>PostgreSQL schema, lower case.</summary>
    public string DatabaseSchemaName { get; set; } = "optiinfra";
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;
    /// <summary>How events and documents are written; give source-generated contexts through its TypeInfoResolver.</summary>
    public JsonSerializerOptions Serializer { get; set; } = new(JsonSerializerDefaults.Web);
    public EventOptions Events { get; } = new();
    public ProjectionOptions Projections { get; } = new();
    /// <summary>Scripts of others that belong into the same schema, applied after the store's own in the order given here.</summary>
    public IList<SchemaScripts> AdditionalScripts { get; } = [];
}

/// <summary>
/// Numbered <c>.sql</c> files embedded in an assembly, applied once each in the order of their names, as the owner.
/// In their text <c>${schema}</c> stands for the quoted schema and <c>${role}</c> for the quoted application role.
/// </summary>
/// <param name="Name">Under which applied scripts are remembered; unique per store.</param>
/// <param name="ResourcePrefix">The resources to take, for example <c>OptiInfra.Messaging.Scripts.</c></param>
public sealed record SchemaScripts(string Name, Assembly Assembly, string ResourcePrefix);

/// <summary>Event types under their stored names.</summary>
public sealed partial class EventOptions
{
    /// <summary>Stores <typeparamref name="T"/> under an explicit snake_case name and the current version of its schema, from 1.</summary>
    public EventOptions MapEventType<T>(string eventTypeName, int schemaVersion = 1) where T : notnull => MapEventType(typeof(T), eventTypeName, schemaVersion);
    /// <summary>Reads an older version's JSON as the given type, which upcasters or the current type may follow.</summary>
    public EventOptions Upcast<TOld, TNew>(string eventTypeName, int oldSchemaVersion, Func<TOld, TNew> upcast) where TOld : notnull where TNew : notnull
        => Upcast(eventTypeName, oldSchemaVersion, typeof(TOld), old => upcast((TOld)old));
}

public sealed partial class EventOptions
{
    readonly Dictionary<Type, EventTypeMapping> byType = [];
    readonly Dictionary<string, EventTypeMapping> byName = new(StringComparer.Ordinal);
    readonly Dictionary<(string Name, int Version), Upcaster> upcasters = [];

    public IReadOnlyCollection<EventTypeMapping> Mappings => byType.Values;

    public EventOptions MapEventType(Type type, string eventTypeName, int schemaVersion = 1)
    {
        if (byName.TryGetValue(eventTypeName, out var other) && other.Type != type)
            throw new ArgumentException($"Event type name '{eventTypeName}' is already mapped to {other.Type}; choose another for {type}.", nameof(eventTypeName));
        var mapping = new EventTypeMapping(type, eventTypeName, schemaVersion);
        byType[type] = mapping;
        byName[eventTypeName] = mapping;
        return this;
    }

    EventOptions Upcast(string eventTypeName, int oldSchemaVersion, Type oldType, Func<object, object> upcast)
    {
        upcasters[(eventTypeName, oldSchemaVersion)] = new Upcaster(oldType, upcast);
        return this;
    }

    /// <exception cref="UnknownEventTypeException">The type is not mapped.</exception>
    public EventTypeMapping ForType(Type type) => byType.TryGetValue(type, out var mapping)
        ? mapping
        : throw new UnknownEventTypeException($"Event type {type} has no stored name; map it with StoreOptions.Events.MapEventType.");

    public EventTypeMapping? ForName(string eventTypeName) => byName.GetValueOrDefault(eventTypeName);

    internal Upcaster? UpcasterFor(string eventTypeName, int schemaVersion) => upcasters.GetValueOrDefault((eventTypeName, schemaVersion));

    internal sealed record Upcaster(Type OldType, Func<object, object> Apply);
}

public sealed record EventTypeMapping(Type Type, string Name, int SchemaVersion);

/// <summary>The projections of a store.</summary>
public sealed partial class ProjectionOptions
{
    readonly List<(IProjection Projection, ProjectionLifecycle Lifecycle)> all = [];

    public IReadOnlyList<(IProjection Projection, ProjectionLifecycle Lifecycle)> All => all;

    public ProjectionOptions Add(IProjection projection, ProjectionLifecycle lifecycle)
    {
        if (all.Any(p => p.Projection.Name == projection.Name))
            throw new ArgumentException($"A projection named '{projection.Name}' is registered already.", nameof(projection));
        all.Add((projection, lifecycle));
        return this;
    }
}
