using OptiInfra.EventStore;

namespace OptiInfra.Chaos.Log;

/// <summary>Follows the log and keeps account of what it was given.</summary>
sealed class LogReader(IDocumentStore store, int pageSize, long from = 0)
{
    readonly Dictionary<Guid, (long Version, long Given)> streams = [];
    long read;

    public long Read => Interlocked.Read(ref read);
    /// <summary>Everything up to this sequence was given.</summary>
    public long Position { get; private set; }
    /// <summary>Events whose version did not follow the one before of their stream: one was missed, came twice or came too early.</summary>
    public long OutOfOrder { get; private set; }

    /// <summary>Until it is cancelled.</summary>
    public async Task FollowAsync(CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var page in store.Log.FollowAsync(from, pageSize, cancellationToken))
            {
                var last = page.Floor;
                foreach (var e in page.Events)
                {
                    var (version, given) = streams.GetValueOrDefault(e.StreamId);
                    if (e.Sequence <= last || e.Version != version + 1)
                        OutOfOrder++;
                    (last, streams[e.StreamId]) = (e.Sequence, (e.Version, given + 1));
                    Interlocked.Increment(ref read);
                }

                Position = page.Ceiling;
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // told to stop
        }
    }

    /// <summary>How many events are in the table that it was not given.</summary>
    public async Task<long> MissedAsync()
    {
        var missed = 0L;
        await using var command = store.DataSource.CreateCommand($"select stream_id, count(*) from {store.Options.DatabaseSchemaName}.events group by stream_id");
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
            missed += Math.Max(0, reader.GetInt64(1) - streams.GetValueOrDefault(reader.GetGuid(0)).Given);
        return missed;
    }
}
