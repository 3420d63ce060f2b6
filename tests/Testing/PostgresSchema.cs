using Npgsql;

namespace OptiInfra.Testing;

/// <summary>
/// A PostgreSQL schema of a test's own, created by the owner role and dropped with all that it holds on dispose.
/// The application's role may use it; what that role may do with the tables is for the code under test to grant.
/// </summary>
public sealed class PostgresSchema : IAsyncDisposable
{
    private const int PoolSize = 40;

    private PostgresSchema(string schema)
    {
        Schema = schema;
        OwnerConnectionString = Within(TestServices.PostgresOwner, schema);
        AppConnectionString = Within(TestServices.Postgres, schema);
    }

    /// <summary>Lower case, needs no quotes in SQL.</summary>
    public string Schema { get; }

    /// <summary>The owner's role; its search path is this schema alone, its application name is the schema's.</summary>
    public string OwnerConnectionString { get; }

    /// <summary>The application's role; its search path is this schema alone, its application name is the schema's.</summary>
    public string AppConnectionString { get; }

    /// <param name="prefix">Begins the schema's name: a lower-case letter, then lower-case letters, digits or _; at most 24.</param>
    /// <exception cref="InvalidOperationException">The services are not started; the message says how to.</exception>
    public static async Task<PostgresSchema> CreateAsync(string prefix = "t")
    {
        if (prefix is not { Length: > 0 and <= 24 } || !char.IsAsciiLetterLower(prefix[0])
            || !prefix.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_'))
            throw new ArgumentException($"'{prefix}' cannot begin a schema's name.", nameof(prefix));

        var schema = new PostgresSchema($"{prefix}_{Guid.NewGuid():N}");
        var app = new NpgsqlConnectionStringBuilder(schema.AppConnectionString).Username;
        await ExecuteAsOwnerAsync($"CREATE SCHEMA {schema.Schema}; GRANT USAGE ON SCHEMA {schema.Schema} TO \"{app}\"");
        return schema;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var connectionString in (string[])[OwnerConnectionString, AppConnectionString])
        {
            await using var pooled = new NpgsqlConnection(connectionString);
            NpgsqlConnection.ClearPool(pooled);
        }

        try
        {
            await DropAsync();
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected)
        {
            // a session that the test left in a transaction still holds a lock here
            await ExecuteAsOwnerAsync(
                $"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '{Schema}' AND pid <> pg_backend_pid()");
            await DropAsync();
        }
    }

    private Task DropAsync() => ExecuteAsOwnerAsync($"SET lock_timeout = '5s'; DROP SCHEMA IF EXISTS {Schema} CASCADE");

    private static async Task ExecuteAsOwnerAsync(string sql)
    {
        var single = new NpgsqlConnectionStringBuilder(TestServices.PostgresOwner) { Pooling = false }.ConnectionString;
        await using var connection = new NpgsqlConnection(single);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static string Within(string connectionString, string schema) =>
        new NpgsqlConnectionStringBuilder(connectionString)
        {
            SearchPath = schema,
            MaxPoolSize = PoolSize,
            ApplicationName = schema,
        }.ConnectionString;
}
