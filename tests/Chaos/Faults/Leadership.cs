using Npgsql;
using NpgsqlTypes;

namespace OptiInfra.Chaos.Faults;

/// <summary>Who leads, asked of PostgreSQL, where leadership is a session's advisory lock.</summary>
sealed class Leadership(string ownerConnectionString, (int Class, int Key) relay)
{
    readonly string single = new NpgsqlConnectionStringBuilder(ownerConnectionString) { Pooling = false, Timeout = 5 }.ConnectionString;

    /// <summary>The application name of the relay's leader; null where nobody leads or the server is away.</summary>
    public async Task<string?> OfRelayAsync()
    {
        try
        {
            await using var connection = new NpgsqlConnection(single);
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand(
                """
                select a.application_name from pg_locks l join pg_stat_activity a using (pid)
                 where l.locktype = 'advisory' and l.objsubid = 2 and l.granted and l.classid = $1 and l.objid = $2 limit 1
                """, connection);
            command.Parameters.Add(new() { NpgsqlDbType = NpgsqlDbType.Oid, Value = unchecked((uint)relay.Class) });
            command.Parameters.Add(new() { NpgsqlDbType = NpgsqlDbType.Oid, Value = unchecked((uint)relay.Key) });
            return await command.ExecuteScalarAsync() as string;
        }
        catch (NpgsqlException)
        {
            return null;
        }
    }
}
