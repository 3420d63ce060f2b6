using System.Collections.Concurrent;
using System.Linq.Expressions;
using System.Reflection;

namespace OptiInfra.EventStore;

/// <summary>
/// The public <c>Create</c>, <c>Apply</c> and <c>ShouldDelete</c> methods of a state, and of a projection that builds it,
/// as compiled functions, one per event type. An event may be taken as <c>E</c> or as <c>IEvent&lt;E&gt;</c>; of several
/// methods that fit, the one for the event's own type wins, else the first declared for something that it also is.
/// </summary>
/// <param name="host">The projection whose methods come first; null for a state that folds itself.</param>
sealed class ConventionFold<TState>(object? host) where TState : class
{
    readonly ConcurrentDictionary<Type, Step> steps = new();
    readonly ConventionMethod[] methods = [.. ConventionMethod.Of(typeof(TState), host)];

    /// <summary>What an event does to a state; null where nothing is declared for it.</summary>
    sealed record Step(Func<IEvent, TState?>? Create, Func<TState, IEvent, TState?>? Apply, Func<TState, IEvent, bool>? ShouldDelete);

    public IEnumerable<Type> EventTypes => methods.Select(m => m.EventType).Distinct();

    public bool Handles(Type eventType)
    {
        var step = StepOf(eventType);
        return step.Create is not null || step.Apply is not null || step.ShouldDelete is not null;
    }

    /// <returns>The next state; null when there is none yet, or none any more.</returns>
    public TState? Evolve(TState? state, IEvent @event)
    {
        var step = StepOf(@event.EventType);
        if (state is null)
            return step.Create?.Invoke(@event);
        if (step.ShouldDelete is not null && step.ShouldDelete(state, @event))
            return null;
        return step.Apply is null ? state : step.Apply(state, @event);
    }

    Step StepOf(Type eventType) => steps.GetOrAdd(eventType, Build);

    Step Build(Type eventType)
    {
        var apply = Compile<Func<TState, IEvent, TState?>>("Apply", eventType, withState: true);
        var create = Compile<Func<IEvent, TState?>>("Create", eventType, withState: false);
        // a state that can be empty begins empty
        if (create is null && apply is not null && typeof(TState).GetConstructor(Type.EmptyTypes) is { } empty)
        {
            var make = Expression.Lambda<Func<TState>>(Expression.New(empty)).Compile();
            create = @event => apply(make(), @event);
        }
        return new(create, apply, Compile<Func<TState, IEvent, bool>>("ShouldDelete", eventType, withState: true));
    }

    TDelegate? Compile<TDelegate>(string name, Type eventType, bool withState) where TDelegate : Delegate
    {
        var fitting = methods.Where(m => m.Name == name && m.EventType.IsAssignableFrom(eventType)).ToList();
        if ((fitting.Find(m => m.EventType == eventType) ?? fitting.FirstOrDefault()) is not { } method)
            return null;
        var state = Expression.Parameter(typeof(TState), "state");
        var @event = Expression.Parameter(typeof(IEvent), "event");
        var call = method.Call(host, state, @event, eventType);
        return withState
            ? Expression.Lambda<TDelegate>(call, state, @event).Compile()
            : Expression.Lambda<TDelegate>(call, @event).Compile();
    }
}

/// <summary>One method of the conventions.</summary>
/// <param name="EventType">The event that it takes, bare or wrapped.</param>
sealed record ConventionMethod(MethodInfo Method, Type EventType, Type StateType)
{
    const BindingFlags Public = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.FlattenHierarchy;

    public string Name => Method.Name;

    public static IEnumerable<ConventionMethod> Of(Type state, object? host)
    {
        foreach (var declaring in host is null ? [state] : new[] { host.GetType(), state })
            foreach (var method in declaring.GetMethods(Public))
                if (method.Name is "Create" or "Apply" or "ShouldDelete" && Describe(method, state, isHost: declaring != state) is { } described)
                    yield return described;
    }

    static ConventionMethod? Describe(MethodInfo method, Type state, bool isHost)
    {
        var returns = method.Name == "ShouldDelete" ? typeof(bool) : state;
        if (method.IsGenericMethodDefinition || !returns.IsAssignableFrom(method.ReturnType))
            return null;
        // only a projection or a static method is there before the state is
        if (method.Name == "Create" && !isHost && !method.IsStatic)
            return null;
        var events = method.GetParameters().Where(p => p.ParameterType != state).ToList();
        var states = method.GetParameters().Length - events.Count;
        if (events.Count != 1 || states > (method.Name == "Create" ? 0 : 1))
            return null;
        return new(method, Unwrapped(events[0].ParameterType), state);
    }

    static Type Unwrapped(Type parameter) =>
        parameter == typeof(IEvent) ? typeof(object)
        : parameter.IsGenericType && parameter.GetGenericTypeDefinition() == typeof(IEvent<>) ? parameter.GenericTypeArguments[0]
        : parameter;

    public MethodCallExpression Call(object? host, Expression state, Expression @event, Type eventType)
    {
        var arguments = Method.GetParameters().Select(p =>
            p.ParameterType == StateType ? state
            : typeof(IEvent).IsAssignableFrom(p.ParameterType) ? Expression.Convert(@event, p.ParameterType)
            : (Expression)Expression.Convert(
                Expression.Property(Expression.Convert(@event, typeof(IEvent<>).MakeGenericType(eventType)), "Data"), p.ParameterType));
        Expression? instance = Method.IsStatic ? null
            : Method.DeclaringType!.IsAssignableFrom(StateType) ? state
            : Expression.Constant(host);
        return Expression.Call(instance, Method, arguments);
    }
}
