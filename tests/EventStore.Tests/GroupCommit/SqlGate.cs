using Npgsql;
using OptiInfra.Testing;

namespace OptiInfra.EventStore.Tests;

/// <summary>Holds up SQL in the database, without a lock that could time out, until it is opened.</summary>
public sealed class SqlGate : IAsyncDisposable
{
    readonly PostgresStore tested;
    readonly NpgsqlConnection keeper;
    readonly long key = Random.Shared.NextInt64();

    SqlGate(PostgresStore tested, NpgsqlConnection keeper) => (this.tested, this.keeper) = (tested, keeper);

    /// <summary>The statement that passes once the gate is open.</summary>
    public string Pass => $"do $$ begin while not pg_try_advisory_lock_shared({key}) loop perform pg_sleep(0.01); end loop; perform pg_advisory_unlock_shared({key}); end $$";

    /// <summary>What is to be done when the gate has been opened.</summary>
    public List<Task> Passing { get; } = [];

    public static async Task<SqlGate> ShutAsync(PostgresStore tested)
    {
        var keeper = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(TestServices.Postgres) { Pooling = false }.ConnectionString);
        await keeper.OpenAsync();
        var gate = new SqlGate(tested, keeper);
        await using var command = new NpgsqlCommand($"select pg_advisory_lock({gate.key})", keeper);
        await command.ExecuteNonQueryAsync();
        return gate;
    }

    public Task WaitedAtAsync(int by, TimeSpan bound) => Eventually.TrueAsync(
        async () => (long)(await tested.ExecuteAsApplicationAsync($"select count(*) from ({Waiting}) as w"))! == by, bound, $"{by} waiting at the gate");

    /// <summary>Kills the connections that wait.</summary>
    public Task KillAsync() => tested.ExecuteAsApplicationAsync($"select count(pg_terminate_backend(pid)) from ({Waiting}) as w");

    public async Task OpenAsync()
    {
        await keeper.CloseAsync();
        await Task.WhenAll(Passing);
    }

    string Waiting => $"select pid from pg_stat_activity where application_name = '${{schema}}' and state = 'active' and query like '%shared({key})%' and pid <> pg_backend_pid()";

    public ValueTask DisposeAsync() => keeper.DisposeAsync();
}
