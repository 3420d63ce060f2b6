namespace OptiInfra.EventStore;

/// <summary>Event types under their stored names.</summary>
public sealed class EventOptions
{
    readonly Dictionary<Type, EventTypeMapping> byType = [];
    readonly Dictionary<string, EventTypeMapping> byName = new(StringComparer.Ordinal);
    readonly Dictionary<(string Name, int Version), Upcaster> upcasters = [];

    public IReadOnlyCollection<EventTypeMapping> Mappings => byType.Values;

    /// <summary>Stores <typeparamref name="T"/> under an explicit snake_case name and the current version of its schema, from 1.</summary>
    public EventOptions MapEventType<T>(string eventTypeName, int schemaVersion = 1) where T : notnull
        => MapEventType(typeof(T), eventTypeName, schemaVersion);

    /// <inheritdoc cref="MapEventType{T}"/>
    public EventOptions MapEventType(Type type, string eventTypeName, int schemaVersion = 1)
    {
        ArgumentException.ThrowIfNullOrEmpty(eventTypeName);
        ArgumentOutOfRangeException.ThrowIfLessThan(schemaVersion, 1);
        if (byName.TryGetValue(eventTypeName, out var other) && other.Type != type)
            throw new ArgumentException($"Event type name '{eventTypeName}' is already mapped to {other.Type}; choose another for {type}.", nameof(eventTypeName));
        if (byType.TryGetValue(type, out var earlier))
            byName.Remove(earlier.Name);
        var mapping = new EventTypeMapping(type, eventTypeName, schemaVersion);
        byType[type] = mapping;
        byName[eventTypeName] = mapping;
        return this;
    }

    /// <summary>
    /// Reads an older version's JSON as <typeparamref name="TOld"/> and turns it into <typeparamref name="TNew"/>: the
    /// current type, or the type from which the upcaster of the next version goes on.
    /// </summary>
    public EventOptions Upcast<TOld, TNew>(string eventTypeName, int oldSchemaVersion, Func<TOld, TNew> upcast) where TOld : notnull where TNew : notnull
    {
        ArgumentException.ThrowIfNullOrEmpty(eventTypeName);
        ArgumentNullException.ThrowIfNull(upcast);
        upcasters[(eventTypeName, oldSchemaVersion)] = new Upcaster(typeof(TOld), typeof(TNew), old => upcast((TOld)old), upcast.Method.Module.Assembly);
        return this;
    }

    /// <exception cref="UnknownEventTypeException">The type is not mapped.</exception>
    public EventTypeMapping ForType(Type type) => byType.TryGetValue(type, out var mapping)
        ? mapping
        : throw new UnknownEventTypeException($"Event type {type} has no stored name; map it with StoreOptions.Events.MapEventType.");

    public EventTypeMapping? ForName(string eventTypeName) => byName.GetValueOrDefault(eventTypeName);

    internal Upcaster? UpcasterFor(string eventTypeName, int schemaVersion) => upcasters.GetValueOrDefault((eventTypeName, schemaVersion));

    /// <summary>Where the code of the upcasters is.</summary>
    internal IEnumerable<System.Reflection.Assembly> UpcasterAssemblies => upcasters.Values.Select(u => u.Code);

    internal sealed record Upcaster(Type OldType, Type NewType, Func<object, object> Apply, System.Reflection.Assembly Code);
}

/// <param name="SchemaVersion">The current version, under which events are written.</param>
public sealed record EventTypeMapping(Type Type, string Name, int SchemaVersion);
