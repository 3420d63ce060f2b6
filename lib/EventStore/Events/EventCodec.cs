using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;

namespace OptiInfra.EventStore;

/// <summary>Between events and their stored names, versions and JSON.</summary>
sealed class EventCodec(EventOptions types, JsonSerializerOptions json)
{
    readonly ConcurrentDictionary<Type, Func<StoredEvent>> factories = new();
    readonly ConcurrentDictionary<(string Name, int Version), Reading> readings = new();

    /// <summary>Of types, tenants and actors, as rows have them.</summary>
    public NamePool Names { get; } = new();

    /// <summary>How one stored type and version is read.</summary>
    sealed record Reading(Type Type, Func<StoredEvent> Create, Func<ReadOnlyMemory<byte>, object> Deserialize);

    /// <summary>An event that is yet to be stored.</summary>
    /// <exception cref="UnknownEventTypeException">The type is not mapped.</exception>
    public StoredEvent Wrap(object data)
    {
        var mapping = types.ForType(data.GetType());
        var @event = Factory(mapping.Type)();
        @event.EventTypeName = mapping.Name;
        @event.SchemaVersion = mapping.SchemaVersion;
        @event.SetData(data);
        return @event;
    }

    /// <summary>An event as stored, typed by what it will be after upcasting.</summary>
    public StoredEvent Create(string typeName, int schemaVersion, ReadOnlyMemory<byte> stored)
    {
        var @event = ReadingOf(typeName, schemaVersion).Create();
        @event.EventTypeName = typeName;
        @event.SchemaVersion = schemaVersion;
        @event.SetJson(this, stored);
        return @event;
    }

    public byte[] Serialize(object data) => JsonSerializer.SerializeToUtf8Bytes(data, data.GetType(), json);

    public object Deserialize(StoredEvent @event, ReadOnlyMemory<byte> stored)
    {
        try
        {
            return ReadingOf(@event.EventTypeName, @event.SchemaVersion).Deserialize(stored);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or InvalidOperationException)
        {
            throw new EventDataException($"Event {@event.Id} ({@event.EventTypeName} version {@event.SchemaVersion}, sequence {@event.Sequence}) cannot be read as {@event.EventType}: {e.Message}", e);
        }
    }

    Func<StoredEvent> Factory(Type type) => factories.GetOrAdd(type, static t =>
    {
        var create = typeof(EventCodec).GetMethod(nameof(New), System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Static)!;
        return create.MakeGenericMethod(t).CreateDelegate<Func<StoredEvent>>();
    });

    static StoredEvent<T> New<T>() where T : notnull => new StoredEvent<T>();

    Reading ReadingOf(string typeName, int schemaVersion) => readings.GetOrAdd((typeName, schemaVersion), key => Build(key.Name, key.Version));

    Reading Build(string typeName, int schemaVersion)
    {
        var current = types.ForName(typeName);
        if (current is null || schemaVersion > current.SchemaVersion)
            return new(typeof(UnknownEvent), New<UnknownEvent>, stored => new UnknownEvent(typeName, schemaVersion, Encoding.UTF8.GetString(stored.Span)));
        var steps = Upcasters(typeName, schemaVersion, current);
        var first = steps.Count == 0 ? current.Type : steps[0].OldType;
        return new(current.Type, Factory(current.Type), stored =>
        {
            var data = JsonSerializer.Deserialize(stored.Span, first, json)
                ?? throw new JsonException("The stored data is null.");
            foreach (var step in steps)
                data = step.Apply(data);
            return current.Type.IsInstanceOfType(data)
                ? data
                : throw new InvalidOperationException($"the upcasters of '{typeName}' from version {schemaVersion} end in {data.GetType()}");
        });
    }

    /// <summary>The chain from a version to the current type; a version without an upcaster is read like the one after it.</summary>
    List<EventOptions.Upcaster> Upcasters(string typeName, int schemaVersion, EventTypeMapping current)
    {
        List<EventOptions.Upcaster> steps = [];
        for (var version = schemaVersion; version < current.SchemaVersion; version++)
            if (types.UpcasterFor(typeName, version) is { } step)
            {
                if (steps.Count > 0 && steps[^1].NewType != step.OldType)
                    throw new InvalidOperationException($"the upcasters of '{typeName}' do not join: one ends in {steps[^1].NewType}, that of version {version} begins with {step.OldType}");
                steps.Add(step);
                if (step.NewType == current.Type)
                    break;
            }
        return steps;
    }
}
