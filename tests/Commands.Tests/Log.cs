using System.Reflection;
using System.Text.Json;
using OptiInfra.Commands.LiveMigrations;
using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.LiveMigrations;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Commands.Tests;

/// <summary>Folds events as the store does: each is read back from the bytes in which it is kept.</summary>
public static class Log
{
    static readonly Dictionary<Type, MethodInfo> Appliers = AppliersOf(typeof(SpotMigration));

    static readonly Dictionary<Type, MethodInfo> JobAppliers = AppliersOf(typeof(TrainingJob));

    static Dictionary<Type, MethodInfo> AppliersOf(Type state) => state.GetMethods(BindingFlags.Public | BindingFlags.Instance)
        .Where(m => m.Name == nameof(SpotMigration.Apply))
        .ToDictionary(m => m.GetParameters()[0].ParameterType);

    public static TrainingJob? FoldJob(IEnumerable<object> events) => FoldJob(null, events);

    public static TrainingJob? FoldJob(TrainingJob? state, IEnumerable<object> events) =>
        Fold(state, events, first => first is JobSubmitted submitted ? TrainingJob.Create(submitted) : null, JobAppliers);

    public static SpotMigration? Fold(IEnumerable<object> events) => Fold(null, events);

    public static SpotMigration? Fold(SpotMigration? state, IEnumerable<object> events) =>
        Fold(state, events, first => first is MigrationRequested requested ? SpotMigration.Create(requested) : null, Appliers);

    /// <summary>The type's stored name and its JSON.</summary>
    public static string Text(object @event) =>
        $"{@event.GetType().GetCustomAttribute<EventTypeAttribute>()!.Name} {JsonSerializer.Serialize(@event, @event.GetType(), ContractsJson.Options)}";

    public static T Reread<T>(T value) where T : notnull =>
        (T)JsonSerializer.Deserialize(JsonSerializer.SerializeToUtf8Bytes(value, value.GetType(), ContractsJson.Options), value.GetType(), ContractsJson.Options)!;

    /// <summary>The events that a decision makes, or why it makes none.</summary>
    public static string Text(Decision decision) => decision switch
    {
        Decision.Accepted a => string.Join('\n', a.Events.Select(Text)),
        Decision.Refused r => $"{r.Code}: {r.Reason}",
        _ => throw new InvalidOperationException($"Unknown decision {decision}."),
    };

    static T? Fold<T>(T? state, IEnumerable<object> events, Func<object, T?> create, Dictionary<Type, MethodInfo> appliers) where T : class
    {
        foreach (var @event in events.Select(Reread))
            state = state is null ? create(@event) : appliers.TryGetValue(@event.GetType(), out var apply) ? (T)apply.Invoke(state, [@event])! : state;
        return state;
    }
}
