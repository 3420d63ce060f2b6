using System.Diagnostics;

namespace OptiInfra.EventStore;

/// <summary>
/// Applies a rebuild's pages. Where a projection only folds events into documents, the documents stay in memory over many
/// pages and are written when enough of them have changed, each once, with the position in one transaction. A page that
/// cannot be applied like that sends the rebuild back to what is written; up to its end each page is then written by itself.
/// </summary>
/// <param name="position">Where the tables stand.</param>
sealed class RebuildPages(ProjectionWriter writer, IProjection projection, DocumentCache cache, long position)
{
    const int MostChanged = 20_000;
    static readonly TimeSpan MostUnwritten = TimeSpan.FromSeconds(2);

    long written = position;
    long applied = position;
    long carefulUntil;
    long lastWritten = Stopwatch.GetTimestamp();

    /// <summary>Documents may stay unwritten over pages.</summary>
    public bool Gathers { get; } = projection is IFoldsDocuments { FoldsOnly: true };

    /// <returns>Up to where the log is applied: the page's end, or before its beginning, from where it is to be read again.</returns>
    public async Task<long> ApplyAsync(EventPage page, CancellationToken cancellationToken)
    {
        if (Gathers && page.Floor >= carefulUntil)
        {
            if (!await TryFoldAsync(page, cancellationToken))
                return StepBack(page.Ceiling);
            applied = page.Ceiling;
            var due = cache.Changed >= MostChanged || Stopwatch.GetElapsedTime(lastWritten) >= MostUnwritten;
            return due ? await WriteAsync(cancellationToken) : applied;
        }
        await writer.ApplyAsync(page.Floor, page.Ceiling, page.Events, mayStay: false, cancellationToken);
        return Written(page.Ceiling);
    }

    /// <summary>Writes what is in memory alone.</summary>
    /// <returns>Up to where the log is applied; where the documents could not be written, what is to be read again begins there.</returns>
    public async Task<long> WriteAsync(CancellationToken cancellationToken)
    {
        if (applied == written)
            return applied;
        try
        {
            await writer.WriteAsync(written, applied, cache.WriteTo, cancellationToken);
        }
        catch (Exception e) when (ProjectionWriter.MayBeTheEvents(e))
        {
            return StepBack(applied);
        }
        cache.Settle();
        return Written(applied);
    }

    async Task<bool> TryFoldAsync(EventPage page, CancellationToken cancellationToken)
    {
        var selected = writer.Select(page.Events);
        if (selected.Skips.Count > 0)
            return false;
        cache.Gathers = true;
        try
        {
            await using var session = writer.Open();
            await projection.ApplyAsync(session, selected.Taken, cancellationToken);
            writer.Applied(selected);
            return true;
        }
        catch (Exception e) when (ProjectionWriter.MayBeTheEvents(e))
        {
            return false;
        }
        finally
        {
            cache.Gathers = false;
        }
    }

    long StepBack(long until)
    {
        cache.Clear();
        carefulUntil = until;
        return Written(written);
    }

    long Written(long position)
    {
        lastWritten = Stopwatch.GetTimestamp();
        return applied = written = position;
    }
}
