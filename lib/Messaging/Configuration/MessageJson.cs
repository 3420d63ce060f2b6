using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MassTransit.Serialization;
using MassTransit.Serialization.JsonConverters;
using OptiInfra.EventStore;

namespace OptiInfra.Messaging.Configuration;

/// <summary>
/// Messages carry the same JSON as the store. MassTransit keeps one set of options for the whole process, so that all
/// stores of a process must agree on their JSON.
/// </summary>
static class MessageJson
{
    static readonly Lock Gate = new();
    static readonly JsonSerializerOptions Original = new(SystemTextJsonMessageSerializer.Options);
    static JsonSerializerOptions? current;

    public static void Use(StoreOptions store)
    {
        lock (Gate)
        {
            if (current == store.Serializer)
                return;
            current = store.Serializer;
            SystemTextJsonMessageSerializer.Options = Combine(store.Serializer);
        }
    }

    static JsonSerializerOptions Combine(JsonSerializerOptions stored)
    {
        var options = new JsonSerializerOptions(Original)
        {
            WriteIndented = false,
            PropertyNamingPolicy = stored.PropertyNamingPolicy,
            PropertyNameCaseInsensitive = true,
            DictionaryKeyPolicy = stored.DictionaryKeyPolicy,
            DefaultIgnoreCondition = stored.DefaultIgnoreCondition,
            NumberHandling = stored.NumberHandling,
            TypeInfoResolver = JsonTypeInfoResolver.Combine(stored.TypeInfoResolver, Original.TypeInfoResolver),
        };
        // MassTransit writes decimals as text; the store writes numbers
        foreach (var converter in options.Converters.OfType<StringDecimalJsonConverter>().ToArray())
            options.Converters.Remove(converter);
        for (var i = 0; i < stored.Converters.Count; i++)
            options.Converters.Insert(i, stored.Converters[i]);
        return options;
    }
}
