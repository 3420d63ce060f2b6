using Npgsql;
using OptiInfra.EventStore;

namespace OptiInfra.Messaging;

/// <summary>Reads and housekeeping that need no unit of work, each in one round trip and in no transaction of a session.</summary>
sealed class MessagingDatabase(IDocumentStore store)
{
    /// <summary>The schema's name, quoted for SQL.</summary>
    public string Schema { get; } = $"\"{store.Options.DatabaseSchemaName}\"";

    public NpgsqlDataSource Source => store.DataSource;

    public async Task<bool> IsHandledAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        await using var command = Source.CreateCommand($"select 1 from {Schema}.inbox where endpoint = $1 and message_id = $2");
        delivery.AddTo(command.Parameters);
        return await command.ExecuteScalarAsync(cancellationToken) is not null;
    }

    /// <summary>Deletes inbox rows that are older than <paramref name="age"/> by the database's clock; returns how many.</summary>
    public async Task<int> ForgetHandledAsync(TimeSpan age, CancellationToken cancellationToken)
    {
        await using var command = Source.CreateCommand($"delete from {Schema}.inbox where received < clock_timestamp() - $1");
        command.Parameters.Add(new() { Value = age });
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
