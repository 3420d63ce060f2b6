using Npgsql;
using OptiInfra.Cli.Clock;
using OptiInfra.Cli.Errors;

namespace OptiInfra.Cli;

/// <summary>Where everything is and how the program is to behave, from options and environment variables; checked.</summary>
sealed record PlatformSettings
{
    public string? Postgres { get; init; }
    public string? PostgresOwner { get; init; }
    public string Schema { get; init; } = "optiinfra";
    public Uri? RabbitMq { get; init; }
    public Uri? RabbitMqManagement { get; init; }
    public string Customer { get; init; } = "default";
    public LogFormat LogFormat { get; init; }
    public bool Debug { get; init; }
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Seconds of the clock per second of the wall.</summary>
    public double ClockSpeed => Clock is ScaledTimeProvider scaled ? scaled.Speed : 1;

    /// <exception cref="CliException">No database was named.</exception>
    public string RequiredPostgres => Postgres ?? throw CliException.BadInput(
        "PostgreSQL is not named: set OPTIINFRA_POSTGRES (or --postgres) to 'Host=…;Port=…;Database=…;Username=…;Password=…'; `bash infra/services.sh start` brings one up and writes it to .run/services.env.");

    /// <exception cref="CliException">No broker was named.</exception>
    public Uri RequiredRabbitMq => RabbitMq ?? throw CliException.BadInput(
        "RabbitMQ is not named: set OPTIINFRA_RABBITMQ (or --rabbitmq) to amqp://user:password@host:port/vhost; `bash infra/services.sh start` brings one up and writes it to .run/services.env.");

    /// <summary>Host and port, for messages; never the password.</summary>
    public string PostgresAddress
    {
        get
        {
            if (Postgres is null)
                return "(not named)";
            var parts = new NpgsqlConnectionStringBuilder(Postgres);
            return $"{parts.Host}:{parts.Port}";
        }
    }

    /// <summary>Host and port, for messages; never the password.</summary>
    public string RabbitMqAddress => RabbitMq is null ? "(not named)" : $"{RabbitMq.Host}:{(RabbitMq.Port > 0 ? RabbitMq.Port : 5672)}";
}

enum LogFormat
{
    /// <summary>Lines for people.</summary>
    Console,
    /// <summary>One JSON object per line, for collectors.</summary>
    Json,
}
