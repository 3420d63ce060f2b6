using System.Reflection;
using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Replay;

/// <summary>The aggregate after each event, by the conventions of the event store: a static Create, then Apply methods.</summary>
static class AggregateFold
{
    static readonly Dictionary<Type, MethodInfo> Applies = typeof(SpotMigration).GetMethods(BindingFlags.Public | BindingFlags.Instance)
        .Where(m => m.Name == "Apply" && m.GetParameters().Length == 1)
        .ToDictionary(m => m.GetParameters()[0].ParameterType);

    /// <summary>The state after an event; the same where the aggregate pays no attention to it.</summary>
    public static SpotMigration? Next(SpotMigration? state, object e) =>
        e is MigrationRequested requested ? SpotMigration.Create(requested)
        : state is not null && Applies.TryGetValue(e.GetType(), out var apply) ? (SpotMigration)apply.Invoke(state, [e])!
        : state;
}
