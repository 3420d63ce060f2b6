using System.Globalization;
using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.CompilerServices;
using OptiInfra.GraphQL.Execution;

namespace OptiInfra.GraphQL.Types;

/// <summary>Where the events of a subscription's field come from.</summary>
static class Subscriptions
{
    public static void Configure(FieldConfiguration field)
    {
        var method = (MethodInfo)field.Member;
        field.Field.Subscribe = method.GetCustomAttribute<SubscribeAttribute>()!.With is { } with
            ? FromMethod(field, method, with)
            : FromTopic(method);
    }

    static SourceStreamResolver FromMethod(FieldConfiguration field, MethodInfo method, string name)
    {
        var open = field.Owner.GetMethod(name) ?? throw new SchemaException($"[Subscribe(With = \"{name}\")] names no public method of {field.Owner.Name}.");
        // its arguments are the field's: found by name, whatever their order
        var arguments = ResolverCompiler.ArgumentsOf(field.Types, open).ToList();
        var known = ResolverCompiler.ArgumentsOf(field.Types, method).Select(argument => argument.Value.Name).ToHashSet(StringComparer.Ordinal);
        field.Field.Arguments = [.. field.Field.Arguments, .. arguments.Where(argument => !known.Contains(argument.Value.Name)).Select(argument => argument.Value)];
        var context = Expression.Parameter(typeof(ResolverContext), "context");
        var stream = ResolverCompiler.CallOf(field, open, context, parameter => field.Field.Arguments.ToList().FindIndex(argument => string.Equals(argument.Name, Names.OfParameter(parameter), StringComparison.Ordinal)));
        var type = stream.Type;
        var definition = type.IsGenericType ? type.GetGenericTypeDefinition() : null;
        var isDeferred = definition == typeof(Task<>) || definition == typeof(ValueTask<>);
        var streamType = isDeferred ? type.GetGenericArguments()[0] : type;
        var item = streamType.GetInterfaces().Prepend(streamType).FirstOrDefault(candidate => candidate.IsGenericType && candidate.GetGenericTypeDefinition() == typeof(IAsyncEnumerable<>))?.GetGenericArguments()[0]
            ?? throw new SchemaException($"{name} has to give an IAsyncEnumerable, at once or by a task; it gives {type}.");
        var helper = definition == typeof(Task<>) ? nameof(FromTask) : definition == typeof(ValueTask<>) ? nameof(FromValueTask) : nameof(FromStream);
        var body = Expression.Call(typeof(Subscriptions).GetMethod(helper, BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(isDeferred ? [streamType, item] : [item]), stream);
        return Expression.Lambda<SourceStreamResolver>(body, context).Compile();
    }

    static ValueTask<IAsyncEnumerable<object?>> FromStream<T>(IAsyncEnumerable<T> stream) => new(Objects(stream));

    static async ValueTask<IAsyncEnumerable<object?>> FromTask<TStream, T>(Task<TStream> stream) where TStream : IAsyncEnumerable<T> => Objects(await stream);

    static async ValueTask<IAsyncEnumerable<object?>> FromValueTask<TStream, T>(ValueTask<TStream> stream) where TStream : IAsyncEnumerable<T> => Objects(await stream);

    static async IAsyncEnumerable<object?> Objects<T>(IAsyncEnumerable<T> stream, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var item in stream.WithCancellation(cancellationToken)) yield return item;
    }

    static SourceStreamResolver FromTopic(MethodInfo method)
    {
        var message = method.GetParameters().FirstOrDefault(parameter => parameter.GetCustomAttribute<EventMessageAttribute>() is not null)
            ?? throw new SchemaException("A subscription to a topic needs a parameter with [EventMessage].");
        var topic = method.GetCustomAttribute<TopicAttribute>()?.Name ?? method.Name;
        var subscribe = typeof(Subscriptions).GetMethod(nameof(Receive), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(message.ParameterType)
            .CreateDelegate<Func<ResolverContext, string, ValueTask<IAsyncEnumerable<object?>>>>();
        return context => subscribe(context, TopicOf(topic, context));
    }

    static async ValueTask<IAsyncEnumerable<object?>> Receive<T>(ResolverContext context, string topic) =>
        Objects(await context.Service<ITopicEventReceiver>().SubscribeAsync<T>(topic, context.RequestAborted));

    static string TopicOf(string topic, ResolverContext context)
    {
        for (var i = 0; i < context.Field.Arguments.Count; i++)
        {
            var value = context.ArgumentOrAbsent(i);
            topic = topic.Replace($"{{{context.Field.Arguments[i].Name}}}", ReferenceEquals(value, Absent.Value) ? "" : Convert.ToString(value, CultureInfo.InvariantCulture), StringComparison.Ordinal);
        }
        return topic;
    }
}
