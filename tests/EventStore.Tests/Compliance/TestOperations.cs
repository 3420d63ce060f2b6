using Npgsql;

namespace OptiInfra.EventStore.Tests;

/// <summary>Undoes its transaction from the client's side.</summary>
public sealed class Refusal : ISessionOperation
{
    public void Configure(NpgsqlBatch batch) => batch.BatchCommands.Add(new("select 1"));

    public Task PostprocessAsync(NpgsqlDataReader reader, CancellationToken cancellationToken) => throw new InvalidDataException("refused");
}

/// <summary>Keeps its transaction open until told to go on.</summary>
public sealed class Pause : ISessionOperation
{
    readonly TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly TaskCompletionSource proceed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Reached => reached.Task;

    public void Continue() => proceed.TrySetResult();

    public void Configure(NpgsqlBatch batch)
    {
    }

    public async Task PostprocessAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        // events are sent last: when the last result is there, they have their numbers
        while (await reader.NextResultAsync(cancellationToken))
        {
        }
        reached.TrySetResult();
        await proceed.Task.WaitAsync(cancellationToken);
    }
}

/// <summary>Reads one number.</summary>
public sealed class Scalar(string sql) : ISessionOperation
{
    public object? Value { get; private set; }

    public void Configure(NpgsqlBatch batch) => batch.BatchCommands.Add(new(sql));

    public async Task PostprocessAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        await reader.ReadAsync(cancellationToken);
        Value = reader.GetValue(0);
        await reader.NextResultAsync(cancellationToken);
    }
}
