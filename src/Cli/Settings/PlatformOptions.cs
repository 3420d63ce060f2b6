using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Npgsql;
using OptiInfra.Cli.Clock;
using OptiInfra.Cli.Errors;
using OptiInfra.Contracts.Access;

namespace OptiInfra.Cli;

/// <summary>The options that every command has; each has an environment variable behind it.</summary>
sealed class PlatformOptions
{
    readonly Option<string?> postgres = Recursive<string?>("--postgres", "Npgsql connection string of the application's role (OPTIINFRA_POSTGRES)");
    readonly Option<string?> owner = Recursive<string?>("--postgres-owner", "the same database as the role that owns the schema (OPTIINFRA_POSTGRES_OWNER)");
    readonly Option<string?> schema = Recursive<string?>("--schema", "PostgreSQL schema (OPTIINFRA_SCHEMA; optiinfra)");
    readonly Option<string?> rabbitMq = Recursive<string?>("--rabbitmq", "amqp://user:password@host:port/vhost (OPTIINFRA_RABBITMQ)");
    readonly Option<string?> customer = Recursive<string?>("--customer", "whose migrations (default)");
    readonly Option<string?> logFormat = Recursive<string?>("--log-format", "console or json (OPTIINFRA_LOG_FORMAT; console)");
    readonly Option<bool> debug = Recursive<bool>("--debug", "more logs, and stack traces with errors");

    public void AddTo(Command root)
    {
        foreach (var option in (Option[])[postgres, owner, schema, rabbitMq, customer, logFormat, debug])
            root.Options.Add(option);
    }

    public bool Debug(ParseResult parsed) => parsed.GetValue(debug);

    public bool SchemaIsNamed(ParseResult parsed) => Given(parsed, schema, "OPTIINFRA_SCHEMA") is not null;

    /// <exception cref="CliException">One of them is wrong; the message names it.</exception>
    public PlatformSettings Read(ParseResult parsed) => new()
    {
        Postgres = ConnectionString(Given(parsed, postgres, "OPTIINFRA_POSTGRES"), "OPTIINFRA_POSTGRES"),
        PostgresOwner = ConnectionString(Given(parsed, owner, "OPTIINFRA_POSTGRES_OWNER"), "OPTIINFRA_POSTGRES_OWNER"),
        Schema = SchemaName(Given(parsed, schema, "OPTIINFRA_SCHEMA") ?? "optiinfra"),
        RabbitMq = Broker(Given(parsed, rabbitMq, "OPTIINFRA_RABBITMQ")),
        RabbitMqManagement = Uri.TryCreate(Variable("OPTIINFRA_RABBITMQ_MANAGEMENT"), UriKind.Absolute, out var management) ? management : null,
        Customer = CustomerName(parsed.GetValue(customer) ?? "default"),
        LogFormat = Format(Given(parsed, logFormat, "OPTIINFRA_LOG_FORMAT")),
        Debug = Debug(parsed),
        Clock = ReadClock(Variable("OPTIINFRA_CLOCK_ORIGIN"), Variable("OPTIINFRA_CLOCK_SPEED")),
    };

    public static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    public static string? Given(ParseResult parsed, Option<string?> option, string variable) => parsed.GetValue(option) ?? Variable(variable);

    /// <summary>A clock of that origin and speed; the wall's where neither is given.</summary>
    public static TimeProvider ReadClock(string? origin, string? speed)
    {
        if (origin is null && speed is null)
            return TimeProvider.System;
        var parsedOrigin = origin is null ? TimeProvider.System.GetUtcNow()
            : DateTimeOffset.TryParse(origin, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var instant) ? instant
            : throw CliException.BadInput($"OPTIINFRA_CLOCK_ORIGIN '{origin}' is not a time such as 2026-01-31T12:00:00Z.");
        return new ScaledTimeProvider(TimeProvider.System, parsedOrigin, Speed(speed, "OPTIINFRA_CLOCK_SPEED"));
    }

    public static double Speed(string? text, string name) =>
        text is null ? 1
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var speed) && speed is > 0 and <= 100_000 ? speed
        : throw CliException.BadInput($"{name} '{text}' is not a number above 0 and up to 100000.");

    static Option<T> Recursive<T>(string name, string description) => new(name) { Description = description, Recursive = true };

    static string? ConnectionString(string? text, string name)
    {
        if (text is null)
            return null;
        try
        {
            var parts = new NpgsqlConnectionStringBuilder(text);
            if (string.IsNullOrWhiteSpace(parts.Host))
                throw CliException.BadInput($"{name} names no Host; it reads like 'Host=127.0.0.1;Port=5432;Database=optiinfra;Username=…;Password=…'.");
            parts.ApplicationName ??= "optiinfra";
            return parts.ConnectionString;
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException)
        {
            throw CliException.BadInput($"{name} is not an Npgsql connection string ({e.Message}); it reads like 'Host=127.0.0.1;Port=5432;Database=optiinfra;Username=…;Password=…'.", e);
        }
    }

    static string SchemaName(string name) =>
        name.Length is > 0 and <= 48 && char.IsAsciiLetterLower(name[0]) && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_')
            ? name
            : throw CliException.BadInput($"Schema '{name}' is not a name of lower-case letters, digits and _ that begins with a letter (at most 48).");

    static string CustomerName(string name) =>
        CustomerNames.IsName(name) ? name : throw CliException.BadInput("--customer is a name of 1 to 100 characters that is not * and does not begin with $.");

    static Uri? Broker(string? text) =>
        text is null ? null
        : Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "amqp" or "amqps" && uri.Host.Length > 0 ? uri
        : throw CliException.BadInput("OPTIINFRA_RABBITMQ is not an address such as amqp://user:password@127.0.0.1:5672/optiinfra.");

    static LogFormat Format(string? text) => text switch
    {
        null or "console" => LogFormat.Console,
        "json" => LogFormat.Json,
        _ => throw CliException.BadInput($"--log-format '{text}' is neither console nor json."),
    };
}
