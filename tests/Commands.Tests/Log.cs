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

    public static TrainingJob? FoldJob(TrainingJob? state, IEnumerable<object> events)
    {
        foreach (var @event in events.Select(Reread))
        {
            state = state is null ? @event is JobSubmitted submitted ? TrainingJob.Create(submitted) : null
                : JobAppliers.TryGetValue(@event.GetType(), out var apply) ? (TrainingJob)apply.Invoke(state, [@event])!
                : state;
        }

        return state;
    }

    public static SpotMigration? Fold(IEnumerable<object> events) => Fold(null, events);

    public static SpotMigration? Fold(SpotMigration? state, IEnumerable<object> events)
    {
        foreach (var @event in events)
            state = Evolve(state, Reread(@event));
        return state;
    }

    /// <summary>The type's stored name and its JSON.</summary>
    public static string Text(object @event) =>
        $"{@event.GetType().GetCustomAttribute<EventTypeAttribute>()!.Name} {JsonSerializer.Serialize(@event, @event.GetType(), ContractsJson.Options)}";

    public static T Reread<T>(T value) where T : notnull =>
        (T)JsonSerializer.Deserialize(JsonSerializer.SerializeToUtf8Bytes(value, value.GetType(), ContractsJson.Options), value.GetType(), ContractsJson.Options)!;

    static SpotMigration? Evolve(SpotMigration? state, object @event) =>
        state is null ? @event is MigrationRequested requested ? SpotMigration.Create(requested) : null
        : Appliers.TryGetValue(@event.GetType(), out var apply) ? (SpotMigration)apply.Invoke(state, [@event])!
        : state;
}
