using System.Diagnostics;
using OptiInfra.EventStore;

namespace OptiInfra.Benchmarks.EventStore;

/// <summary>
/// Ten million small events are appended by writers in large batches while a follower reads the log, deserialised, to its
/// end. At each million the managed heap after a full collection and the working set are looked at: both must stay flat.
/// </summary>
public sealed class MemoryBenchmark : IBenchmark
{
    const long Events = 10_000_000;
    const long Sample = 1_000_000;
    const int Writers = 4;
    const int EventsPerAppend = 1000;
    const int PageSize = 2000;
    const long End = -1;
    const double Mebi = 1024 * 1024;
    /// <summary>Of the run; what was reached by then is told.</summary>
    static readonly TimeSpan Bound = TimeSpan.FromMinutes(8);

    public string Name => "memory";
    public string Description => "Managed heap and working set while ten million small events are appended and read, at the end beside the first million";

    sealed record Moment(long Read, double HeapMiB, double WorkingSetMiB);

    /// <summary>As small as an event can reasonably be.</summary>
    public sealed record Ticked(long Number);

    public async Task RunAsync(BenchmarkContext context, CancellationToken cancellationToken)
    {
        await using var store = await BenchmarkStore.CreateAsync(context, cancellationToken);
        var watch = Stopwatch.StartNew();
        // whoever fails must not leave the other waiting
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stop.CancelAfter(Bound * 1.5);
        var appending = AppendAsync(store.Store, watch, stop.Token);
        var (read, moments) = await ReadAsync(store.Store.Log, stop.Token);
        var appended = await appending;
        if (read != appended)
            throw new BenchmarkException($"{read:N0} of {appended:N0} events were read.");
        if (moments is not [var first, .., var last])
            throw new BenchmarkException($"Only {appended:N0} events in {Bound}: too few to compare the last million with the first.");

        context.Say($"{appended:N0} events by {Writers} writers, {EventsPerAppend:N0} in an append, while one follower read them all, deserialised, in pages of {PageSize:N0}: {watch.Elapsed.TotalSeconds:N0} s. The heap is taken after a full collection.");
        context.Table(
            ["events read", "managed heap, MiB", "working set, MiB"],
            moments.Select(m => (IReadOnlyList<string>)[$"{m.Read:N0}", BenchmarkContext.Figure(m.HeapMiB), BenchmarkContext.Figure(m.WorkingSetMiB)]));
        context.Compare(last.HeapMiB, $"MiB of managed heap after {last.Read:N0} events", first.HeapMiB, $"MiB after {first.Read:N0}");
    }

    /// <summary>What all writers append, and behind it the end.</summary>
    static async Task<long> AppendAsync(DocumentStore store, Stopwatch watch, CancellationToken cancellationToken)
    {
        var counts = await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(() => WriteAsync(store, writer, watch, cancellationToken), cancellationToken)));
        await using var session = store.LightweightSession();
        session.Events.Append(Guid.NewGuid(), new Ticked(End));
        await session.SaveChangesAsync(cancellationToken);
        return counts.Sum();
    }

    static async Task<long> WriteAsync(DocumentStore store, int writer, Stopwatch watch, CancellationToken cancellationToken)
    {
        const long Share = Events / Writers;
        long count = 0;
        while (count < Share && watch.Elapsed < Bound)
        {
            await using var session = store.LightweightSession();
            var from = writer * Share + count;
            session.Events.Append(Guid.NewGuid(), [.. Enumerable.Range(0, EventsPerAppend).Select(i => (object)new Ticked(from + i))]);
            await session.SaveChangesAsync(cancellationToken);
            count += EventsPerAppend;
        }
        return count;
    }

    static async Task<(long Read, List<Moment> Moments)> ReadAsync(IEventLog log, CancellationToken cancellationToken)
    {
        List<Moment> moments = [];
        long read = 0;
        await foreach (var page in log.FollowAsync(0, PageSize, cancellationToken))
            foreach (var @event in page.Events)
            {
                if (((Ticked)@event.Data).Number == End)
                    return (read, moments);
                if (++read % Sample == 0)
                    moments.Add(new(read, GC.GetTotalMemory(forceFullCollection: true) / Mebi, Process.GetCurrentProcess().WorkingSet64 / Mebi));
            }
        return (read, moments);
    }

}
