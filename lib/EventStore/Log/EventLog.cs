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
        await foreach (var part in ReadPartsAsync(after, limit, new PageSize(limit), cancellationToken))
            return part.Page;
        throw new InvalidOperationException("A reading has a page.");
    }

    /// <summary>One reading of at most <paramref name="limit"/> events, in one page or more, each handed out while the rest is still on its way.</summary>
    public async IAsyncEnumerable<LogPart> ReadPartsAsync(long after, int limit, PageSize size, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(after);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        await using var connection = await store.DataSource.OpenConnectionAsync(cancellationToken);
        await using var batch = FloorBatch(connection);
        var rows = new NpgsqlBatchCommand($"select {EventRow.Columns} from {store.Options.QuotedSchema}.all_events where seq_id > $1 order by seq_id limit $2");
        rows.Parameters.Add(Parameter.Of(NpgsqlDbType.Bigint, after));
        rows.Parameters.Add(Parameter.Of(NpgsqlDbType.Bigint, (long)limit));
        batch.BatchCommands.Add(rows);
        batch.BatchCommands.Add(new("commit"));

        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var ceiling = await ReadCeilingAsync(reader, cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        List<IEvent> events = [];
        var (kept, bytes) = (new EventBytes(), 0L);
        for (var left = limit; await reader.ReadAsync(cancellationToken) && EventRow.Sequence(reader) <= ceiling;)
        {
            var @event = EventRow.Read(reader, store.Codec, kept);
            events.Add(@event);
            bytes += @event.DataLength;
            var isLast = --left == 0;
            if (!isLast && !size.IsReachedBy(events.Count, bytes))
                continue;
            yield return new LogPart(new EventPage(events, after, @event.Sequence), bytes, EndsReading: isLast, EndsLog: false);
            if (isLast)
                yield break;
            (after, bytes, events) = (@event.Sequence, 0, new List<IEvent>(events.Count));
        }
        // a floor lower than what was read before is no step back: what was read is final
        yield return new LogPart(new EventPage(events, after, Math.Max(after, ceiling)), bytes, EndsReading: true, EndsLog: true);
    }

    public async Task<IEvent?> FindAsync(Guid eventId, CancellationToken cancellationToken = default)
    {
        await using var command = store.DataSource.CreateCommand($"select {EventRow.Columns} from {store.Options.QuotedSchema}.all_events where id = $1");
        command.Parameters.Add(Parameter.Of(NpgsqlDbType.Uuid, eventId));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? EventRow.Read(reader, store.Codec) : null;
    }

    /// <summary>Behind a full page the log is read ahead, up to its end.</summary>
    public async IAsyncEnumerable<EventPage> FollowAsync(long after, int limit, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var listening = store.Signal.Listen();
        var retry = new Backoff();
        while (true)
        {
            var wake = Next;
            var page = await UnlessLostAsync(pages.ReadAsync(wake, after, limit, cancellationToken), retry, cancellationToken);
            if (page is null)
                continue;
            await using var ahead = page.Events.Count == limit ? new PagesAhead(this, page.Ceiling, new PageSize(limit), prepare: null, cancellationToken) : null;
            while (page is not null)
            {
                if (page.Ceiling > after)
                {
                    after = page.Ceiling;
                    yield return page;
                }
                page = ahead is null ? null : await UnlessLostAsync(ahead.NextAsync(cancellationToken), retry, cancellationToken);
            }
            if (ahead is null)
                await LogSignal.WaitAsync(wake, Poll, cancellationToken);
        }
    }

    /// <returns>Null, after a while, where the connection was lost.</returns>
    async Task<TPage?> UnlessLostAsync<TPage>(Task<TPage> reading, Backoff retry, CancellationToken cancellationToken) where TPage : class?
    {
        try
        {
            var page = await reading;
            if (retry.Reset())
                logger.LogInformation("The event log is readable again.");
            return page;
        }
        catch (Exception e) when (PostgresErrors.IsConnectionLoss(e))
        {
            logger.LogWarning("The event log cannot be read ({Reason}); trying again in {Delay}.", e.Message, retry.Delay);
        }
        await retry.WaitAsync(cancellationToken);
        return null;
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
