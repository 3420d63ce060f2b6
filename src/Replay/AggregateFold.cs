using System.Reflection;

namespace OptiInfra.Replay;

/// <summary>The aggregate after each event, by the conventions of the event store: a static Create, then Apply methods.</summary>
static class AggregateFold<TState> where TState : class
{
    static readonly Dictionary<Type, MethodInfo> Creates = Methods("Create", BindingFlags.Static);

    static readonly Dictionary<Type, MethodInfo> Applies = Methods("Apply", BindingFlags.Instance);

    static Dictionary<Type, MethodInfo> Methods(string name, BindingFlags kind) => typeof(TState).GetMethods(BindingFlags.Public | kind)
        .Where(m => m.Name == name && m.GetParameters().Length == 1)
        .ToDictionary(m => m.GetParameters()[0].ParameterType);

    /// <summary>The state after an event; the same where the aggregate pays no attention to it.</summary>
    public static TState? Next(TState? state, object e) =>
        Creates.TryGetValue(e.GetType(), out var create) ? (TState)create.Invoke(null, [e])!
        : state is not null && Applies.TryGetValue(e.GetType(), out var apply) ? (TState)apply.Invoke(state, [e])!
        : state;
}
