using System.Diagnostics;
using OptiInfra.EventStore;

namespace OptiInfra.Benchmarks.EventStore;

/// <summary>The whole log, page by page up to the in-flight floor, beside PostgreSQL's COPY of the same table, whose bytes nobody looks at.</summary>
public sealed class ReadBenchmark : IBenchmark
{
    const int Events = 200_000;
    const int EventsPerAppend = 500;
    /// <summary>As projections and the relay follow.</summary>
    const int PageSize = 500;
    const int Rounds = 7;

    public string Name => "read";
    public string Description => "Events of the whole log read per second, against COPY TO STDOUT of the same table";

    public async Task RunAsync(BenchmarkContext context, CancellationToken cancellationToken)
    {
        await using var store = await BenchmarkStore.CreateAsync(context, cancellationToken);
        for (var written = 0; written < Events; written += EventsPerAppend)
        {
            await using var session = store.Store.LightweightSession();
            session.Events.Append(Guid.NewGuid(), [.. Enumerable.Range(0, EventsPerAppend).Select(InstanceMoved.Sample)]);
            await session.SaveChangesAsync(cancellationToken);
        }

        await Compilation.RunAsync(() => ReadAsync(store.Store.Log, withData: true, cancellationToken));
        List<double> bare = [], deserialised = [], copied = [];
        for (var round = 0; round < Rounds; round++)
        {
            copied.Add(await RateAsync(() => CopyAsync(store, cancellationToken)));
            bare.Add(await RateAsync(() => ReadAsync(store.Store.Log, withData: false, cancellationToken)));
            deserialised.Add(await RateAsync(() => ReadAsync(store.Store.Log, withData: true, cancellationToken)));
        }

        context.Say($"{Events:N0} events in pages of {PageSize:N0}, median of {Rounds} rounds.");
        context.Table(
            ["reader", "events/s"],
            [
                ["COPY TO STDOUT, bytes thrown away", BenchmarkContext.Figure(Sample.Median(copied))],
                ["the log, data left as JSON", BenchmarkContext.Figure(Sample.Median(bare))],
                ["the log, data deserialised", BenchmarkContext.Figure(Sample.Median(deserialised))],
            ]);
        context.Compare(Sample.Median(deserialised), "events/s deserialised", Sample.Median(copied), "rows/s by COPY");
    }

    static async Task<double> RateAsync(Func<Task<long>> read)
    {
        var watch = Stopwatch.StartNew();
        var count = await read();
        return count == Events ? count / watch.Elapsed.TotalSeconds : throw new BenchmarkException($"{count} of {Events} events were read.");
    }

    static async Task<long> ReadAsync(IEventLog log, bool withData, CancellationToken cancellationToken)
    {
        long count = 0;
        await foreach (var page in log.FollowAsync(0, PageSize, cancellationToken))
        {
            foreach (var @event in page.Events)
                if (!withData || @event.Data is InstanceMoved)
                    count++;
            if (count >= Events)
                break;
        }
        return count;
    }

    static async Task<long> CopyAsync(BenchmarkStore store, CancellationToken cancellationToken)
    {
        await store.CopyOutAsync(Events, cancellationToken);
        return Events;
    }
}
