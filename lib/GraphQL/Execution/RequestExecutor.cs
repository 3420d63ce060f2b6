using Microsoft.Extensions.DependencyInjection;
using OptiInfra.GraphQL.Language;
using OptiInfra.GraphQL.Types;
using OptiInfra.GraphQL.Validation;

namespace OptiInfra.GraphQL.Execution;

/// <summary>Executes requests over one schema.</summary>
public sealed partial class RequestExecutor(Schema schema, RequestOptions options, IEnumerable<IErrorFilter>? errorFilters = null)
{
    readonly DocumentCache<PreparedDocument> _documents = new(options.DocumentCacheSize, options.DocumentCacheCharacters, document => document.Errors.Count == 0);
    readonly IReadOnlyList<IOperationLimit> _limits = options.AllLimits;
    readonly IErrorFilter[] _errorFilters = [.. errorFilters ?? []];

    public Schema Schema { get; } = schema;

    public RequestOptions Options { get; } = options;

    /// <param name="services">Of this request alone; resolvers' services come from here.</param>
    /// <returns>A result, or a <see cref="ResponseStream"/> of a subscription; to be disposed. Faults of the request are errors in it.</returns>
    public async ValueTask<ExecutionResult> ExecuteAsync(GraphQLRequest request, IServiceProvider services, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        try
        {
            var text = request.DocumentId is null && !Options.OnlyTrustedDocuments ? request.Query : await TrustedText(request, cancellationToken);
            if (string.IsNullOrWhiteSpace(text)) return Refused(new GraphQLError("The request holds no query."));
            var document = _documents.GetOrAdd(text, Prepare);
            if (document.Errors.Count > 0) return Refused([.. document.Errors]);
            var operation = document.Operation(request.OperationName);
            if (request.AllowedOperations.Count > 0 && !request.AllowedOperations.Contains(operation.Definition.Operation))
                return new OperationResult(new GraphQLError($"A {operation.Definition.Operation.ToString().ToLowerInvariant()} cannot be executed this way: send mutations by POST, and follow subscriptions over a socket or as text/event-stream.") { Code = ErrorCodes.OperationKind });
            var variables = VariableValues.Coerce(operation.Variables, request.Variables);
            var (faults, extensions) = Limits(document.Document!, operation, variables, request.ReportCost);
            if (faults.Count > 0) return new OperationResult(Refused([.. faults]).Errors) { Extensions = extensions };
            return operation.Definition.Operation == OperationType.Subscription
                ? await Subscribe(request, operation, variables, services, cancellationToken)
                : await Run(request, operation, variables, services, request.RootValue, extensions, cancellationToken);
        }
        catch (GraphQLException fault)
        {
            return Refused([.. fault.Errors]);
        }
    }

    PreparedDocument Prepare(string text) => PreparedDocument.From(text, Schema, Options);

    OperationResult Refused(params GraphQLError[] errors)
    {
        for (var i = 0; i < errors.Length; i++)
            foreach (var filter in _errorFilters) errors[i] = filter.OnError(errors[i]);
        return new(errors);
    }

    async ValueTask<string?> TrustedText(GraphQLRequest request, CancellationToken cancellationToken)
    {
        if (request.DocumentId is not { } id)
            throw new GraphQLException(new GraphQLError("Only trusted documents are executed; ask for one by its id.") { Code = ErrorCodes.Untrusted });
        var text = Options.TrustedDocuments is { } storage ? await storage.FindAsync(id, cancellationToken) : null;
        return text ?? throw new GraphQLException(new GraphQLError($"There is no trusted document \"{id}\".") { Code = ErrorCodes.Untrusted });
    }

    (IReadOnlyList<GraphQLError> Errors, IReadOnlyDictionary<string, object?>? Extensions) Limits(DocumentNode document, OperationPlan operation, VariableValues variables, bool reportCost)
    {
        var errors = new List<GraphQLError>();
        Dictionary<string, object?>? extensions = null;
        var context = new OperationLimitContext(Schema, document, operation.Definition, variables.Literal, reportCost);
        foreach (var result in _limits.Select(limit => limit.Check(context)))
        {
            errors.AddRange(result.Errors);
            foreach (var (name, value) in result.Extensions ?? System.Collections.ObjectModel.ReadOnlyDictionary<string, object?>.Empty)
                (extensions ??= new(StringComparer.Ordinal))[name] = value;
        }
        return (errors, extensions);
    }

    async ValueTask<OperationResult> Run(
        GraphQLRequest asked,
        OperationPlan operation,
        VariableValues variables,
        IServiceProvider services,
        object? root,
        IReadOnlyDictionary<string, object?>? extensions,
        CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(Options.Execution.Timeout, Options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        var request = NewRequest(asked, operation, variables, services, either.Token);
        var writer = new ResultWriter(16 * 1024);
        try
        {
            var executor = new Executor(request, writer);
            await executor.Execute(operation.Root(variables).Selections, root, operation.Definition.Operation == OperationType.Mutation);
            return new(executor, writer, request.Errors) { Extensions = extensions };
        }
        catch (OperationCanceledException) when (timer.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            writer.Dispose();
            return Refused(new GraphQLError($"The operation took longer than {Options.Execution.Timeout.TotalSeconds:0.###} seconds and was stopped.") { Code = ErrorCodes.Timeout });
        }
        catch
        {
            writer.Dispose();
            throw;
        }
    }

    Request NewRequest(GraphQLRequest asked, OperationPlan operation, VariableValues variables, IServiceProvider services, CancellationToken aborted)
    {
        var request = new Request(operation, variables, services, services.GetService<BatchScheduler>() ?? new(), aborted)
        {
            Options = Options.Execution,
            ErrorFilters = _errorFilters,
        };
        foreach (var (name, value) in asked.ContextData ?? System.Collections.ObjectModel.ReadOnlyDictionary<string, object?>.Empty) request.ContextData[name] = value;
        return request;
    }
}
