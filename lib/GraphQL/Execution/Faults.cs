namespace OptiInfra.GraphQL.Execution;

/// <summary>What callers are told of exceptions: nothing but that there was one, unless it is meant for them.</summary>
static class Faults
{
    public const string Unexpected = "Unexpected Execution Error";

    public static IReadOnlyList<GraphQLError> Of(Exception fault, ExecutionOptions options)
    {
        while (fault is AggregateException { InnerExceptions.Count: 1 } or System.Reflection.TargetInvocationException)
            fault = fault is AggregateException aggregate ? aggregate.InnerExceptions[0] : fault.InnerException ?? new InvalidOperationException(fault.Message);
        if (fault is GraphQLException told) return told.Errors;
        return [new(options.IncludeExceptionDetails ? fault.Message : Unexpected) { Exception = fault }];
    }
}
