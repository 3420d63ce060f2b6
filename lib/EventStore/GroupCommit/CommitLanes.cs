using System.Collections.Concurrent;
using System.Data;
using Npgsql;

namespace OptiInfra.EventStore;

/// <summary>
/// The connections of the group commit's places. Of those that rest, the one that rested least goes first: what its
/// server process needs is still in the processor's caches. A pool hands out the one that rested longest, so that a
/// single writer went through all of them in turn.
/// </summary>
sealed class CommitLanes(NpgsqlDataSource source, string schema) : IAsyncDisposable
{
    /// <summary>As many as work at once as a rule. What a hold-up opened beyond them goes back to the pool, which closes it in time.</summary>
    const int MostResting = 3;

    readonly ConcurrentStack<CommitLane> resting = [];

    public async ValueTask<CommitLane> RentAsync(CancellationToken cancellationToken)
        => resting.TryPop(out var lane) ? lane : new CommitLane(this, await source.OpenConnectionAsync(cancellationToken), schema);

    public async ValueTask ReturnAsync(CommitLane lane)
    {
        var isOpen = lane.IsOpen;
        if (isOpen && resting.Count < MostResting)
        {
            resting.Push(lane);
            return;
        }
        await lane.CloseAsync();
        // what broke one connection has most likely broken those that rest, which would show it only when they are needed
        if (!isOpen)
            await CloseRestingAsync();
    }

    async Task CloseRestingAsync()
    {
        while (resting.TryPop(out var lane))
            await lane.CloseAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await CloseRestingAsync();
        await source.DisposeAsync();
    }
}

/// <summary>One connection, with the statements of the most frequent saves prepared. Disposing of it gives it back.</summary>
sealed class CommitLane(CommitLanes lanes, NpgsqlConnection connection, string schema) : IAsyncDisposable
{
    SingleAppend? singleAppend;

    public NpgsqlConnection Connection => connection;

    public bool IsOpen => connection.FullState == ConnectionState.Open;

    public SingleAppend SingleAppend => singleAppend ??= new SingleAppend(connection, schema);

    public async ValueTask CloseAsync()
    {
        if (singleAppend is not null)
            await singleAppend.DisposeAsync();
        await connection.DisposeAsync();
    }

    public ValueTask DisposeAsync() => lanes.ReturnAsync(this);
}
