using System.Linq.Expressions;
using System.Reflection;
using OptiInfra.GraphQL.Execution;

namespace OptiInfra.GraphQL.Types;

/// <summary>Gives any result of a resolver the shape that the executor waits for.</summary>
static class Deferred
{
    public static Expression Wrap(Expression call, ParameterExpression context)
    {
        var type = call.Type;
        var definition = type.IsGenericType ? type.GetGenericTypeDefinition() : null;
        if (definition == typeof(Task<>)) return Call(nameof(FromTask), type, call);
        if (definition == typeof(ValueTask<>)) return Call(nameof(FromValueTask), type, call);
        if (definition == typeof(IAsyncEnumerable<>)) return Call(nameof(FromStream), type, call, Expression.Property(context, nameof(ResolverContext.RequestAborted)));
        if (type == typeof(Task) || type == typeof(ValueTask)) throw new SchemaException("A task without a value answers nothing; give a Task<T>.");
        return Expression.New(typeof(ValueTask<object?>).GetConstructor([typeof(object)])!, Expression.Convert(call, typeof(object)));
    }

    static MethodCallExpression Call(string method, Type type, params Expression[] arguments) =>
        Expression.Call(typeof(Deferred).GetMethod(method, BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(type.GetGenericArguments()), arguments);

    static ValueTask<object?> FromTask<T>(Task<T>? task)
    {
        if (task is null) return default;
        return task.IsCompletedSuccessfully ? new(task.Result) : Wait(task);

        static async ValueTask<object?> Wait(Task<T> task) => await task.ConfigureAwait(false);
    }

    static ValueTask<object?> FromValueTask<T>(ValueTask<T> task)
    {
        return task.IsCompletedSuccessfully ? new(task.Result) : Wait(task);

        static async ValueTask<object?> Wait(ValueTask<T> task) => await task.ConfigureAwait(false);
    }

    static async ValueTask<object?> FromStream<T>(IAsyncEnumerable<T> stream, CancellationToken cancellationToken)
    {
        var items = new List<T>();
        await foreach (var item in stream.WithCancellation(cancellationToken)) items.Add(item);
        return items;
    }
}
