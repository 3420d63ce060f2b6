using System.Net.Sockets;
using Amazon.Runtime;
using Npgsql;
using OptiInfra.Agents;
using OptiInfra.EventStore;
using OptiInfra.Messaging;

namespace OptiInfra.Cli.Errors;

/// <summary>Turns what was thrown into one line and an exit status.</summary>
static class ErrorReport
{
    public static (int ExitCode, string Message) Of(Exception error, PlatformSettings? settings)
    {
        for (var cause = error; cause is not null; cause = cause.InnerException)
            if (Known(cause, settings) is { } known)
                return (known.ExitCode, OneLine(known.Message));
        return (ExitCode.Failed, OneLine($"{error.Message} (--debug shows where)"));
    }

    public static string OneLine(string text) => string.Join(' ', text.Split((char[])['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));

    static CliException? Known(Exception error, PlatformSettings? settings) => error switch
    {
        CliException known => known,
        BadInputException bad => CliException.BadInput(bad.Message),
        OperationCanceledException => CliException.Failed("Stopped."),
        PostgresException { SqlState: PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification } refused =>
            CliException.Unreachable($"PostgreSQL at {Address(settings)} does not let the user in ({refused.MessageText}); check OPTIINFRA_POSTGRES."),
        PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName } absent =>
            CliException.Unreachable($"PostgreSQL at {Address(settings)} has no such database ({absent.MessageText}); check OPTIINFRA_POSTGRES."),
        PostgresException { SqlState: PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName or PostgresErrorCodes.UndefinedFunction } =>
            CliException.Failed($"The schema '{settings?.Schema}' is not in the database, or is older than this program: `optiinfra schema apply` brings it up to date (needs OPTIINFRA_POSTGRES_OWNER)."),
        PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } forbidden =>
            CliException.Failed($"PostgreSQL forbids it ({forbidden.MessageText}); apply the schema as its owner: set OPTIINFRA_POSTGRES_OWNER and run `optiinfra schema apply`."),
        // the server is starting, stopping or full
        PostgresException { SqlState: ['5', '7', 'P', ..] or ['5', '3', ..] } away => CliException.Unreachable($"PostgreSQL at {Address(settings)} is not ready ({away.MessageText}); try again."),
        PostgresException => null,
        NpgsqlException down => CliException.Unreachable($"PostgreSQL does not answer at {Address(settings)} ({Innermost(down)}); start it (`bash infra/services.sh start`) or point OPTIINFRA_POSTGRES elsewhere."),
        EventNotPublishedException unpublished => CliException.Unreachable($"{unpublished.Message}"),
        SchemaVersionException newer => CliException.Failed(newer.Message),
        ProjectionVersionException versions => CliException.Failed($"{versions.Message} `optiinfra schema apply` brings it up to date (needs OPTIINFRA_POSTGRES_OWNER)."),
        AmazonServiceException { ErrorCode: { Length: > 0 } code } cloud => CliException.Failed($"The cloud refuses: {code}, {cloud.Message}"),
        AmazonServiceException cloud => CliException.Unreachable($"The cloud does not answer ({Innermost(cloud)}); check AWS_ENDPOINT_URL or --endpoint, and the network."),
        AmazonClientException credentials => CliException.BadInput($"AWS: {credentials.Message} Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile with AWS_PROFILE, and AWS_REGION."),
        HttpRequestException http => CliException.Unreachable($"The cloud does not answer ({Innermost(http)}); check AWS_ENDPOINT_URL or --endpoint, and the network."),
        _ => null,
    };

    static string Address(PlatformSettings? settings) => settings?.PostgresAddress ?? "the given address";

    static string Innermost(Exception error)
    {
        while (error.InnerException is { } inner)
            error = inner;
        return error is SocketException socket ? $"{socket.SocketErrorCode}" : error.Message.TrimEnd('.');
    }
}
