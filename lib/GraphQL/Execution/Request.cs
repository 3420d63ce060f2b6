using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using OptiInfra.GraphQL.Types;

namespace OptiInfra.GraphQL.Execution;

/// <summary>What all resolvers of one execution share.</summary>
sealed class Request(OperationPlan operation, VariableValues variables, IServiceProvider services, BatchScheduler batches, CancellationToken aborted)
{
    readonly List<GraphQLError> _errors = [];
    readonly ConcurrentDictionary<Type, object> _instances = new();
    ConcurrentDictionary<string, object?>? _contextData;

    public Schema Schema => Operation.Schema;
    public OperationPlan Operation { get; } = operation;
    public VariableValues Variables { get; } = variables;
    public IServiceProvider Services { get; } = services;
    public CancellationToken Aborted { get; } = aborted;
    public BatchScheduler Batches { get; } = batches;
    public required ExecutionOptions Options { get; init; }
    public required IReadOnlyList<IErrorFilter> ErrorFilters { get; init; }
    public IDictionary<string, object?> ContextData => _contextData ??= new(StringComparer.Ordinal);

    public List<GraphQLError> Errors => _errors;

    public void Add(GraphQLError error)
    {
        foreach (var filter in ErrorFilters) error = filter.OnError(error);
        lock (_errors)
        {
            if (_errors.Count < Options.MaxErrors) _errors.Add(error);
        }
    }

    /// <summary>The one instance per request of a class whose methods are resolvers: from the services, or made with them.</summary>
    public T Instance<T>() where T : class =>
        (T)_instances.GetOrAdd(typeof(T), static (type, services) => services.GetService(type) ?? ActivatorUtilities.CreateInstance(services, type), Services);

    public T DataLoader<T>() where T : class =>
        (T)_instances.GetOrAdd(typeof(T), static (type, self) =>
            self.Services.GetService(type) ?? ActivatorUtilities.CreateInstance(self.Services, type, self.Batches), this);
}

/// <summary>Sees each error before it is answered: may reword it, add a code, or log its exception.</summary>
public interface IErrorFilter
{
    GraphQLError OnError(GraphQLError error);
}

/// <summary>Bounds of one execution.</summary>
public sealed record ExecutionOptions
{
    /// <summary>Errors beyond so many are not answered.</summary>
    public int MaxErrors { get; init; } = 100;

    /// <summary>How long an operation may take; a subscription, one event of it.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Answers with the messages of exceptions instead of "Unexpected Execution Error"; for tests and development alone.</summary>
    public bool IncludeExceptionDetails { get; init; }
}
