using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;

namespace OptiInfra.EventStore;

/// <summary>
/// Reads the log up to the in-flight floor. Three statements, each of which must see what was committed before it began
/// (READ COMMITTED), in this order: (1) the sequence's last value L, (2) the lowest lock key m of unfinished appenders
/// (see append_events in Scripts), (3) the events. Up to min(L, m) nothing can come any more: an appender that drew its
/// number after (1) is above L; one that drew it before holds its lock since before (1), so that in (2) either the lock
/// is seen, and its number is above m, or it has ended and (3) sees what it wrote.
/// </summary>
sealed partial class EventLog : IEventLog, IAsyncDisposable
{
    static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);
    readonly DocumentStore store;
    readonly ILogger logger;
    readonly SharedPages pages;

    public EventLog(DocumentStore store)
    {
        this.store = store;
        logger = store.Logger<EventLog>();
        pages = new SharedPages(ReadAsync);
    }

    Task Next => store.Signal.Next;

    string LastValue => $"select coalesce(pg_sequence_last_value('{store.Options.QuotedSchema}.events_sequence'::regclass), 0)";

    /// <summary>The keys' low halves; locks of other databases, classes and lock forms are not ours.</summary>
    string FloorKeys => $"""
        select objid::bigint from pg_locks
         where locktype = 'advisory' and objsubid = 1
           and database = (select oid from pg_database where datname = current_database())
           and classid = '{store.Options.QuotedSchema}.events_sequence'::regclass::oid
        """;

    public async Task<long> HighWaterMarkAsync(CancellationToken cancellationToken = default)
    {
        await using var connection = await store.DataSource.OpenConnectionAsync(cancellationToken);
        await using var batch = FloorBatch(connection);
        batch.BatchCommands.Add(new("commit"));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        return await ReadCeilingAsync(reader, cancellationToken);
    }

    /// <summary>The last number that was drawn, whether its event is there, is coming or never will.</summary>
    public async Task<long> LastSequenceAsync(CancellationToken cancellationToken)
    {
        await using var command = store.DataSource.CreateCommand(LastValue);
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    public async Task<EventPage> ReadAsync(long after, int limit, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(after);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        await using var connection = await store.DataSource.OpenConnectionAsync(cancellationToken);
        await using var batch = FloorBatch(connection);
        var events = new NpgsqlBatchCommand($"select {EventRow.Columns} from {store.Options.QuotedSchema}.all_events where seq_id > $1 order by seq_id limit $2");
        events.Parameters.Add(Parameter.Of(NpgsqlDbType.Bigint, after));
        events.Parameters.Add(Parameter.Of(NpgsqlDbType.Bigint, (long)limit));
        batch.BatchCommands.Add(events);
        batch.BatchCommands.Add(new("commit"));

        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var ceiling = await ReadCeilingAsync(reader, cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        List<IEvent> page = [];
        while (await reader.ReadAsync(cancellationToken))
        {
            if (EventRow.Sequence(reader) > ceiling)
                break;
            page.Add(EventRow.Read(reader, store.Codec));
        }
        if (page.Count == limit)
            ceiling = page[^1].Sequence;
        // a floor lower than what was read before is no step back: what was read is final
        return new EventPage(page, after, Math.Max(after, ceiling));
    }

    public async Task<IEvent?> FindAsync(Guid eventId, CancellationToken cancellationToken = default)
    {
        await using var command = store.DataSource.CreateCommand($"select {EventRow.Columns} from {store.Options.QuotedSchema}.all_events where id = $1");
        command.Parameters.Add(Parameter.Of(NpgsqlDbType.Uuid, eventId));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? EventRow.Read(reader, store.Codec) : null;
    }

    /// <summary>While a full page is being worked on, the next one is read.</summary>
    public async IAsyncEnumerable<EventPage> FollowAsync(long after, int limit, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var listening = store.Signal.Listen();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var retry = new Backoff();
        var reading = Reading.Begin(this, after, limit, stop.Token);
        try
        {
            while (true)
            {
                EventPage? page = null;
                try
                {
                    page = await reading.Page;
                    if (retry.Reset())
                        logger.LogInformation("The event log is readable again.");
                }
                catch (Exception e) when (PostgresErrors.IsConnectionLoss(e))
                {
                    logger.LogWarning("The event log cannot be read ({Reason}); trying again in {Delay}.", e.Message, retry.Delay);
                }
                if (page is null)
                {
                    await retry.WaitAsync(cancellationToken);
                    reading = Reading.Begin(this, after, limit, stop.Token);
                    continue;
                }
                var wake = reading.Wake;
                var full = page.Events.Count == limit;
                if (full)
                    reading = Reading.Begin(this, page.Ceiling, limit, stop.Token);
                if (page.Ceiling > after)
                {
                    after = page.Ceiling;
                    yield return page;
                }
                if (full)
                    continue;
                await LogSignal.WaitAsync(wake, Poll, cancellationToken);
                reading = Reading.Begin(this, after, limit, stop.Token);
            }
        }
        finally
        {
            await stop.CancelAsync();
            await ((Task)reading.Page).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <param name="Wake">Completes at an append that the page may not have.</param>
    readonly record struct Reading(Task<EventPage> Page, Task Wake)
    {
        public static Reading Begin(EventLog log, long after, int limit, CancellationToken cancellationToken)
        {
            var wake = log.Next;
            return new(log.pages.ReadAsync(wake, after, limit, cancellationToken), wake);
        }
    }

    NpgsqlBatch FloorBatch(NpgsqlConnection connection)
    {
        var batch = connection.CreateBatch();
        // said explicitly: under a stricter default the three statements would share one snapshot and lose events
        batch.BatchCommands.Add(new("begin isolation level read committed read only"));
        batch.BatchCommands.Add(new(LastValue));
        batch.BatchCommands.Add(new(FloorKeys));
        return batch;
    }

    static async Task<long> ReadCeilingAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        await reader.ReadAsync(cancellationToken);
        var last = reader.GetInt64(0);
        await reader.NextResultAsync(cancellationToken);
        var ceiling = last;
        while (await reader.ReadAsync(cancellationToken))
            ceiling = Math.Min(ceiling, Unfold(reader.GetInt64(0), last));
        EventStoreInstruments.HeldBack.Record(last - ceiling);
        return Math.Max(0, ceiling);
    }

    public ValueTask DisposeAsync() => pages.DisposeAsync();

    /// <summary>The whole key from its low 32 bits: the one that lies nearest to the last value.</summary>
    internal static long Unfold(long low, long last) => last + (int)(uint)(low - last);
}
