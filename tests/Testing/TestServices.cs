namespace OptiInfra.Testing;

/// <summary>
/// Where the tests find PostgreSQL and RabbitMQ: the environment variables of the same names, else
/// <c>.run/services.env</c> of the checkout, which <c>infra/services.sh start</c> writes.
/// </summary>
public static class TestServices
{
    private static readonly Lazy<IReadOnlyDictionary<string, string>> Written =
        new(() => ReadFile(System.IO.Path.Combine(ProjectRoot.Path, ".run", "services.env")));

    /// <summary>Npgsql connection string of the application's role (OPTIINFRA_POSTGRES).</summary>
    public static string Postgres => Value("OPTIINFRA_POSTGRES");

    /// <summary>Npgsql connection string of the role that owns the schema (OPTIINFRA_POSTGRES_OWNER).</summary>
    public static string PostgresOwner => Value("OPTIINFRA_POSTGRES_OWNER");

    /// <summary>amqp://user:password@host:port/vhost (OPTIINFRA_RABBITMQ).</summary>
    public static Uri RabbitMq => new(Value("OPTIINFRA_RABBITMQ"));

    /// <summary>http://user:password@host:port of the management API (OPTIINFRA_RABBITMQ_MANAGEMENT).</summary>
    public static Uri RabbitMqManagement => new(Value("OPTIINFRA_RABBITMQ_MANAGEMENT"));

    private static string Value(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } given ? given
        : Written.Value.TryGetValue(name, out var written) ? written
        : throw new InvalidOperationException($"{name} is not set and .run/services.env does not have it: run infra/services.sh start");

    /// <summary>Reads lines KEY='value' (the quotes may be absent); nothing where the file is absent.</summary>
    public static IReadOnlyDictionary<string, string> ReadFile(string path)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        if (!File.Exists(path))
            return values;
        foreach (var line in File.ReadLines(path))
        {
            var equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0 || line[0] == '#')
                continue;
            var value = line[(equals + 1)..].Trim();
            if (value is ['\'', .., '\''])
                value = value[1..^1];
            values[line[..equals].Trim()] = value;
        }

        return values;
    }
}
