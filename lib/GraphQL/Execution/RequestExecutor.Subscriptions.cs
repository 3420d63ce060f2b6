using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;

namespace OptiInfra.GraphQL.Execution;

public sealed partial class RequestExecutor
{
    /// <summary>Opens the source stream (specification, section 6.2.3); a fault in that is answered as one result.</summary>
    async ValueTask<ExecutionResult> Subscribe(
        GraphQLRequest asked, OperationPlan operation, VariableValues variables, IServiceProvider services, CancellationToken cancellationToken)
    {
        var plan = operation.Root(variables).Selections;
        var request = NewRequest(asked, operation, variables, services, cancellationToken);
        if (plan.Fields is not [var field]) return Refused(new GraphQLError("A subscription has exactly one root field."));
        try
        {
            if (field.Field.Subscribe is not { } subscribe)
                return Refused(new GraphQLError($"Field \"{field.ParentType.Name}.{field.Field.Name}\" cannot be subscribed to."));
            var arguments = field.Arguments.Constant ?? InputCoercion.Arguments(field.Field.Arguments, field.Nodes[0].Arguments, variables);
            using var unused = new ResultWriter(16);
            var source = await subscribe(new(new(request, unused), field, asked.RootValue, arguments));
            return new ResponseStream(Results(asked, operation, variables, source, services, cancellationToken), () => default);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            return Refused([.. Faults.Of(fault, Options.Execution).Select(error => error with
            {
                Path = error.Path ?? [field.ResponseName],
                Locations = error.Locations.Count > 0 ? error.Locations : [field.Nodes[0].Location],
            })]);
        }
    }

    async IAsyncEnumerable<OperationResult> Results(
        GraphQLRequest asked,
        OperationPlan operation,
        VariableValues variables,
        IAsyncEnumerable<object?> source,
        IServiceProvider services,
        CancellationToken opened,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(opened, cancellationToken);
        await using var events = source.GetAsyncEnumerator(either.Token);
        while (true)
        {
            OperationResult? fault = null;
            try
            {
                if (!await events.MoveNextAsync()) yield break;
            }
            catch (Exception thrown) when (thrown is not OperationCanceledException || !either.IsCancellationRequested)
            {
                fault = Refused([.. Faults.Of(thrown, Options.Execution)]);
            }
            if (fault is not null)
            {
                yield return fault;
                yield break;
            }
            // loaders remember values: each event gets fresh ones
            await using var scope = services.GetService<IServiceScopeFactory>()?.CreateAsyncScope();
            yield return await Run(asked, operation, variables, scope?.ServiceProvider ?? services, events.Current, extensions: null, either.Token);
        }
    }
}
