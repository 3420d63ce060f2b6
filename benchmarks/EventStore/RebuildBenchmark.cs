using System.Diagnostics;
using OptiInfra.EventStore;

namespace OptiInfra.Benchmarks.EventStore;

/// <summary>What has been moved in one stream, as a list shows it.</summary>
public sealed record MovesSummary(Guid Id, int Moved, int Attempts, decimal HourlySavingUsd, string LastPool, long LastVersion, DateTimeOffset LastAt);

public sealed class MovesSummaryProjection : SingleStreamProjection<MovesSummary>
{
    public static MovesSummary Create(IEvent<InstanceMoved> e) => Apply(e, new MovesSummary(e.StreamId, 0, 0, 0m, "", 0, e.Timestamp));

    public static MovesSummary Apply(IEvent<InstanceMoved> e, MovesSummary summary) => summary with
    {
        Moved = summary.Moved + 1,
        Attempts = summary.Attempts + e.Data.Attempt,
        HourlySavingUsd = summary.HourlySavingUsd + e.Data.OnDemandHourlyUsd - e.Data.SpotHourlyUsd,
        LastPool = e.Data.CapacityPool,
        LastVersion = e.Version,
        LastAt = e.Timestamp,
    };
}

/// <summary>
/// A projection of one document per stream, built from the whole log into tables of its own and switched, beside
/// PostgreSQL's COPY of the same events, whose bytes nobody looks at. The streams are appended to in turn.
/// </summary>
public sealed class RebuildBenchmark : IBenchmark
{
    const int Streams = 2000;
    const int EventsPerStream = 100;
    const int EventsPerAppend = 5;
    const int Events = Streams * EventsPerStream;
    const int Rounds = 7;

    public string Name => "rebuild";
    public string Description => "Events per second of a projection's rebuild and switch, against COPY TO STDOUT of the same table";

    public async Task RunAsync(BenchmarkContext context, CancellationToken cancellationToken)
    {
        await using var store = await BenchmarkStore.CreateAsync(context, options => options.Projections.Add(new MovesSummaryProjection(), ProjectionLifecycle.Async), cancellationToken);
        await AppendAsync(store, cancellationToken);
        await using var daemon = store.Store.BuildProjectionDaemon();
        await daemon.StartAllAsync(cancellationToken);
        await daemon.WaitForNonStaleProjectionDataAsync(TimeSpan.FromMinutes(2), cancellationToken);
        await store.ExecuteAsync($"vacuum analyze {store.Schema}.events", cancellationToken);

        await Compilation.RunAsync(RebuildAsync);
        List<double> rebuilt = [], copied = [];
        for (var round = 0; round < Rounds; round++)
        {
            copied.Add(await RateAsync(() => store.CopyOutAsync(Events, cancellationToken)));
            rebuilt.Add(await RateAsync(RebuildAsync));
            await CheckAsync(store, cancellationToken);
        }

        context.Say($"{Events:N0} events of {Streams:N0} streams, {EventsPerAppend} at a time in turn; from the request to the switch, median of {Rounds} rounds.");
        context.Table(
            ["what", "events/s"],
            [
                ["COPY TO STDOUT, bytes thrown away", BenchmarkContext.Figure(Sample.Median(copied))],
                ["rebuild of one document per stream, switch included", BenchmarkContext.Figure(Sample.Median(rebuilt))],
            ]);
        context.Compare(Sample.Median(rebuilt), "events/s rebuilt", Sample.Median(copied), "rows/s by COPY");

        Task RebuildAsync() => daemon.RebuildProjectionAsync(nameof(MovesSummary), cancellationToken: cancellationToken);
    }

    static async Task AppendAsync(BenchmarkStore store, CancellationToken cancellationToken)
    {
        var streams = Enumerable.Range(0, Streams).Select(_ => Guid.NewGuid()).ToArray();
        for (var turn = 0; turn < EventsPerStream / EventsPerAppend; turn++)
            foreach (var some in streams.Chunk(100))
            {
                await using var session = store.Store.LightweightSession();
                foreach (var stream in some)
                    session.Events.Append(stream, [.. Enumerable.Range(0, EventsPerAppend).Select(InstanceMoved.Sample)]);
                await session.SaveChangesAsync(cancellationToken);
            }
    }

    static async Task CheckAsync(BenchmarkStore store, CancellationToken cancellationToken)
    {
        await using var session = store.Store.QuerySession();
        var documents = await session.QueryAsync<MovesSummary>("", cancellationToken);
        if (documents.Count != Streams || documents.Any(d => d.Moved != EventsPerStream))
            throw new BenchmarkException($"The rebuild made {documents.Count} documents of {documents.Sum(d => d.Moved)} events.");
    }

    static async Task<double> RateAsync(Func<Task> work)
    {
        var watch = Stopwatch.StartNew();
        await work();
        return Events / watch.Elapsed.TotalSeconds;
    }
}
