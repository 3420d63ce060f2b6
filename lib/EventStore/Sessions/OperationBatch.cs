using Npgsql;

namespace OptiInfra.EventStore;

/// <summary>Operations in one round trip. Without begin and commit among them they are one transaction.</summary>
sealed class OperationBatch(NpgsqlConnection connection) : IAsyncDisposable
{
    readonly NpgsqlBatch batch = connection.CreateBatch();
    readonly List<ISessionOperation> operations = [];
    readonly List<(int End, object? Owner)> owners = [];

    public void Add(string sql) => batch.BatchCommands.Add(new NpgsqlBatchCommand(sql));

    /// <param name="added">In this order.</param>
    /// <param name="owner">To be known again in <see cref="OwnerOf"/>.</param>
    public void Add(IReadOnlyList<ISessionOperation> added, object? owner = null)
    {
        foreach (var operation in added)
        {
            operation.Configure(batch);
            operations.Add(operation);
        }
        owners.Add((batch.BatchCommands.Count, owner));
    }

    /// <summary>The server has begun to answer; before that, whatever fails on this side has not been sent to its end and so does nothing.</summary>
    public bool IsAnswered { get; private set; }

    public async Task ExecuteAsync(CancellationToken cancellationToken)
    {
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        IsAnswered = true;
        foreach (var operation in operations)
            await operation.PostprocessAsync(reader, cancellationToken);
        // an error of a command without a result comes out here
        while (await reader.NextResultAsync(cancellationToken))
        {
        }
    }

    /// <summary>Whose operation failed; null where the driver does not tell.</summary>
    public object? OwnerOf(PostgresException e)
    {
        var at = e.BatchCommand is null ? -1 : batch.BatchCommands.IndexOf(e.BatchCommand);
        return at < 0 ? null : owners.Find(o => at < o.End).Owner;
    }

    public ValueTask DisposeAsync() => batch.DisposeAsync();
}
