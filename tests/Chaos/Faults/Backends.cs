using Npgsql;

namespace OptiInfra.Chaos.Faults;

/// <summary>Connections as PostgreSQL has them.</summary>
static class Backends
{
    /// <summary>Ends connections of the processes by pg_terminate_backend; returns how many.</summary>
    /// <param name="condition">On pg_stat_activity, besides that they are the processes'.</param>
    public static async Task<int> TerminateAsync(ChaosScene scene, string condition, params object[] parameters)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(scene.Schema.OwnerConnectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(
            $"select count(*) from (select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'optiinfra-%' and {condition}) as ended", connection);
        foreach (var parameter in parameters)
            command.Parameters.Add(new() { Value = parameter });
        return (int)(long)(await command.ExecuteScalarAsync())!;
    }
}
