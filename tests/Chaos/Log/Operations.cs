using Npgsql;
using NpgsqlTypes;
using OptiInfra.EventStore;

namespace OptiInfra.Chaos.Log;

/// <summary>Keeps the transaction open for a while after its events have their numbers.</summary>
sealed class Wait(TimeSpan duration) : ISessionOperation
{
    public void Configure(NpgsqlBatch batch)
    {
    }

    public async Task PostprocessAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        await reader.ToTheEndAsync(cancellationToken);
        await Task.Delay(duration, cancellationToken);
    }
}

/// <summary>Undoes the transaction after its events have their numbers.</summary>
sealed class Refusal : ISessionOperation
{
    public void Configure(NpgsqlBatch batch)
    {
    }

    public async Task PostprocessAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        await reader.ToTheEndAsync(cancellationToken);
        throw new RefusedException();
    }
}

/// <summary>Keeps the transaction open until told to go on.</summary>
sealed class Hang : ISessionOperation
{
    readonly TaskCompletionSource<int> processId = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly TaskCompletionSource goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Of the server's process that serves it, once its events have their numbers.</summary>
    public Task<int> ProcessId => processId.Task;

    public void GoOn() => goOn.TrySetResult();

    public void Configure(NpgsqlBatch batch) => batch.BatchCommands.Add(new("select pg_backend_pid()"));

    public async Task PostprocessAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        await reader.ReadAsync(cancellationToken);
        var process = reader.GetInt32(0);
        await reader.ToTheEndAsync(cancellationToken);
        processId.TrySetResult(process);
        await goOn.Task.WaitAsync(cancellationToken);
    }
}

/// <summary>
/// Before the events of its session: others, to a stream of their own, under a savepoint that is rolled back, so that
/// numbers are drawn and a floor is held and given back within one transaction. Their hashes do not matter: nobody will see them.
/// </summary>
sealed class UndoneAppend(IDocumentStore store) : ISessionOperation
{
    public void Configure(NpgsqlBatch batch)
    {
        batch.BatchCommands.Add(new("savepoint undone"));
        var append = new NpgsqlBatchCommand($"select {store.Options.DatabaseSchemaName}.append_events($1, $2, null, null, $3, null, null, null, null, $4, $5, $6, $7, $8)");
        append.Parameters.Add(new() { Value = Guid.NewGuid() });
        append.Parameters.Add(new() { Value = SessionOptions.DefaultTenant });
        append.Parameters.Add(new() { Value = store.Options.TimeProvider.GetUtcNow() });
        append.Parameters.Add(new() { Value = new[] { Guid.NewGuid(), Guid.NewGuid() } });
        append.Parameters.Add(new() { Value = new[] { "written", "written" } });
        append.Parameters.Add(new() { Value = new[] { 1, 1 } });
        append.Parameters.Add(new() { Value = new[] { "{}", "{}" }, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Json });
        append.Parameters.Add(new() { Value = new byte[][] { [1], [2] } });
        batch.BatchCommands.Add(append);
        batch.BatchCommands.Add(new("rollback to savepoint undone"));
    }

    public Task PostprocessAsync(NpgsqlDataReader reader, CancellationToken cancellationToken) => reader.NextResultAsync(cancellationToken);
}

static class ReaderExtensions
{
    /// <summary>Events are sent last: when the last result is there, they have their numbers.</summary>
    public static async Task ToTheEndAsync(this NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        while (await reader.NextResultAsync(cancellationToken))
        {
        }
    }
}
