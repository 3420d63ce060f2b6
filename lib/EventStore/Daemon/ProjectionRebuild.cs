using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;

namespace OptiInfra.EventStore;

/// <summary>
/// Builds a projection from the whole log into tables beside those that are read, and puts them in their place in one
/// transaction. Run by the projection's leader; a successor goes on where the last page was committed.
/// </summary>
/// <param name="live">Keeps the present tables up with the log in the meantime.</param>
sealed class ProjectionRebuild(
    DocumentStore store, IProjection projection, ProjectionLifecycle lifecycle, ProjectionRow row, Func<CancellationToken, Task<long>> live)
{
    /// <summary>Documents stay in memory: events are to be dropped while they are young, so that they are collected cheaply.</summary>
    static readonly PageSize GatheredPage = new(250, 1024 * 1024);
    /// <summary>Each page is written by itself: a document that grows through a whole page is written once.</summary>
    static readonly PageSize WrittenPage = new(30_000, 8 * 1024 * 1024);
    const int LastPage = 1000;
    /// <summary>Readers queue behind the switch while it waits for those before it.</summary>
    const string LockTimeout = "500ms";
    static readonly TimeSpan BetweenLivePages = TimeSpan.FromMilliseconds(250);
    static readonly TimeSpan BetweenSwitches = TimeSpan.FromMilliseconds(200);
    static readonly TimeSpan AppendsHeldAtMost = TimeSpan.FromSeconds(2);

    readonly ILogger logger = store.Logger<ProjectionRebuild>();
    readonly DocumentCache cache = new(isComplete: row.RebuildPosition is null or 0);
    readonly long began = Stopwatch.GetTimestamp();
    ProjectionWriter writer = null!;
    long applied;
    long ceiling;
    /// <summary>Where the tables stand that are read meanwhile, and when they were last kept up.</summary>
    long livePosition;
    long lastLive = Stopwatch.GetTimestamp();

    string Schema => store.Options.QuotedSchema;

    /// <exception cref="ProgressionOutOfOrderException">Somebody else leads the rebuild, or it was asked for anew.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var position = row.RebuildPosition ?? await PrepareAsync(cancellationToken);
        ceiling = await store.EventLog.LastSequenceAsync(cancellationToken);
        logger.LogInformation("Projection {Name} (version {Version}) is rebuilt beside the present one, from {Position} of {Ceiling}.", projection.Name, projection.Version, position, ceiling);
        writer = new ProjectionWriter(store, projection, rebuilding: true, 0, Advance, cache);
        await writer.Skipped.LoadAsync(cancellationToken);
        var pages = new RebuildPages(writer, projection, cache, position);
        while (true)
        {
            (position, var atEnd) = await ApplyAheadAsync(pages, position, cancellationToken);
            if (!atEnd)
                continue;
            if (position >= livePosition && await TrySwitchAsync(position, cancellationToken))
                break;
            livePosition = await live(cancellationToken);
        }
        logger.LogInformation("Projection {Name} (version {Version}) was rebuilt up to {Position} and switched in {Elapsed}.", projection.Name, projection.Version, position, Stopwatch.GetElapsedTime(began));
        store.Bell.Ring();
        await DropReplacedAsync(cancellationToken);
    }

    /// <summary>Reads on from a position and applies, until the log's end or until pages have to be read again.</summary>
    /// <returns>Up to where the log is applied, and whether that was its end.</returns>
    async Task<(long Position, bool AtEnd)> ApplyAheadAsync(RebuildPages pages, long position, CancellationToken cancellationToken)
    {
        await using var ahead = new PagesAhead(store.EventLog, position, pages.Gathers ? GatheredPage : WrittenPage, Prepare, cancellationToken);
        while (await ahead.NextAsync(cancellationToken) is { } page)
        {
            applied += page.Events.Count;
            ceiling = Math.Max(ceiling, page.Ceiling);
            position = await pages.ApplyAsync(page, cancellationToken);
            if (position != page.Ceiling)
                return (position, AtEnd: false);
            if (Stopwatch.GetElapsedTime(lastLive) >= BetweenLivePages)
            {
                livePosition = await live(cancellationToken);
                lastLive = Stopwatch.GetTimestamp();
            }
        }
        var written = await pages.WriteAsync(cancellationToken);
        return (written, AtEnd: written == position);
    }

    void Prepare(IReadOnlyList<IEvent> events)
    {
        if (projection is IFoldsDocuments folds)
            folds.Prepare(events);
    }

    async Task<long> PrepareAsync(CancellationToken cancellationToken)
    {
        await using var session = store.LightweightSession();
        await session.ExecuteAsync([new SqlOperation($"select {Schema}.prepare_rebuild($1, $2)", [projection.Name, projection.Version])], cancellationToken);
        session.QueueSqlCommand($"delete from {Schema}.projection_skipped where projection = $1 and version = $2 and rebuilding", projection.Name, projection.Version);
        session.QueueSqlCommand(
            $"update {Schema}.projection_rebuilds set position = 0, ceiling = 0, events_per_second = 0, updated = $3 where name = $1 and version = $2",
            projection.Name, projection.Version, store.Options.TimeProvider.GetUtcNow());
        await session.SaveChangesAsync(cancellationToken);
        return 0;
    }

    SqlOperation Advance(long from, long to)
    {
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        return new(
            $"select {Schema}.advance_rebuild($1, $2, $3, $4, $5, $6, $7, $8)",
            [projection.Name, projection.Version, row.Generation, from, to, ceiling, seconds > 0 ? applied / seconds : 0, store.Options.TimeProvider.GetUtcNow()]);
    }

    /// <returns>False where it has to be tried again: somebody reads for long, or the log has gone on.</returns>
    async Task<bool> TrySwitchAsync(long position, CancellationToken cancellationToken)
    {
        try
        {
            await using var session = writer.Open();
            await session.ExecuteAsync([new SqlOperation("select set_config('lock_timeout', $1, true)", [LockTimeout])], cancellationToken);
            if (lifecycle == ProjectionLifecycle.Inline)
            {
                if (await HoldAppendsAsync(session, position, cancellationToken) is not { } end)
                    return false;
                position = end;
            }
            QueueSwitch(session, position);
            await session.SaveChangesAsync(cancellationToken);
            return true;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            cache.Clear();
            logger.LogInformation("Projection {Name} cannot be switched yet, somebody holds its tables; trying again.", projection.Name);
            await Task.Delay(BetweenSwitches, TimeProvider.System, cancellationToken);
            return false;
        }
    }

    /// <summary>Lets appends wait and applies what they have left behind.</summary>
    /// <returns>Up to where; null where it took too long, or an event has to be set aside first.</returns>
    async Task<long?> HoldAppendsAsync(DocumentSession session, long position, CancellationToken cancellationToken)
    {
        await session.ExecuteAsync([InlineProjections.Hold(store, projection)], cancellationToken);
        var last = await store.EventLog.LastSequenceAsync(cancellationToken);
        var held = Stopwatch.GetTimestamp();
        while (position < last)
        {
            var page = await store.Log.ReadAsync(position, LastPage, cancellationToken);
            var selected = writer.Select(page.Events);
            if (selected.Skips.Count > 0 || Stopwatch.GetElapsedTime(held) > AppendsHeldAtMost)
            {
                cache.Clear();
                return null;
            }
            session.QueueOperation(Advance(position, page.Ceiling));
            try
            {
                await projection.ApplyAsync(session, selected.Taken, cancellationToken);
            }
            catch (Exception e) when (ProjectionWriter.MayBeTheEvents(e))
            {
                // the next page sets it aside
                cache.Clear();
                return null;
            }
            await session.UnitOfWork.FlushAsync(cancellationToken);
            position = page.Ceiling;
        }
        return position;
    }

    void QueueSwitch(DocumentSession session, long position)
    {
        var now = store.Options.TimeProvider.GetUtcNow();
        session.QueueOperation(Advance(position, position));
        session.QueueSqlCommand($"select {Schema}.switch_rebuild($1, $2)", projection.Name, projection.Version);
        session.QueueSqlCommand(
            $"""
            update {Schema}.projections set state = 'ready', generation = generation + 1, skips_in_a_row = 0, error = null,
                   ready_at = case when state = 'ready' then ready_at else $3 end
             where name = $1 and version = $2
            """,
            projection.Name, projection.Version, now);
        if (lifecycle == ProjectionLifecycle.Inline)
            session.QueueSqlCommand($"update {Schema}.projections set state = 'retired' where name = $1 and version <> $2 and lifecycle = 'inline'", projection.Name, projection.Version);
        else
            session.QueueSqlCommand(
                $"""
                insert into {Schema}.event_progression (name, last_seq_id, last_updated) values ($1, $2, $3)
                on conflict (name) do update set last_seq_id = excluded.last_seq_id, last_updated = excluded.last_updated
                """,
                ProjectionProgress.NameOf(projection), position, now);
        session.QueueSqlCommand($"delete from {Schema}.projection_skipped where projection = $1 and version = $2 and not rebuilding", projection.Name, projection.Version);
        session.QueueSqlCommand($"update {Schema}.projection_skipped set rebuilding = false where projection = $1 and version = $2", projection.Name, projection.Version);
        session.QueueSqlCommand($"delete from {Schema}.projection_rebuilds where name = $1 and version = $2", projection.Name, projection.Version);
    }

    /// <summary>Behind the switch; what is left over here goes with the next one.</summary>
    async Task DropReplacedAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var session = store.LightweightSession();
            await session.ExecuteAsync([new SqlOperation("select set_config('lock_timeout', $1, true)", [LockTimeout])], cancellationToken);
            session.QueueSqlCommand($"select {Schema}.drop_replaced($1, $2)", projection.Name, projection.Version);
            await session.SaveChangesAsync(cancellationToken);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            logger.LogInformation("The replaced tables of projection {Name} are still read; they go with the next rebuild.", projection.Name);
        }
    }
}
