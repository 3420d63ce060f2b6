using Microsoft.Extensions.Logging;
using OptiInfra.GraphQL;
using OptiInfra.GraphQL.Execution;

namespace OptiInfra.Gateway.GraphQL;

/// <summary>What callers are not told of an exception, the log is.</summary>
sealed partial class UnexpectedErrorLog(ILogger<UnexpectedErrorLog> log) : IErrorFilter
{
    public GraphQLError OnError(GraphQLError error)
    {
        if (error.Exception is { } fault and not OperationCanceledException)
            LogUnexpected(fault, string.Join('.', error.Path ?? []));
        return error;
    }

    [LoggerMessage(LogLevel.Error, "A GraphQL field failed: {Path}")]
    partial void LogUnexpected(Exception fault, string path);
}
