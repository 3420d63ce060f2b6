using System.Diagnostics;
using System.Globalization;
using OptiInfra.EventStore;

namespace OptiInfra.Benchmarks.EventStore;

/// <summary>A state that grows a little with each event.</summary>
public sealed record MovesOfFleet(Guid Id, int Moved, decimal HourlySavingUsd)
{
    public static MovesOfFleet Create(IEvent<InstanceMoved> e) => new MovesOfFleet(e.StreamId, 0, 0m).Apply(e);

    public MovesOfFleet Apply(IEvent<InstanceMoved> e) => this with { Moved = Moved + 1, HourlySavingUsd = HourlySavingUsd + e.Data.OnDemandHourlyUsd - e.Data.SpotHourlyUsd };
}

/// <summary>Decisions on long streams, one after the other: each fetches the aggregate for writing and appends one event, with snapshots and without.</summary>
public sealed class SnapshotBenchmark : IBenchmark
{
    const int Longest = 10_000;
    const int EventsPerAppend = 500;
    const int SnapshotEvery = 50;
    const int Decisions = 100;

    public string Name => "snapshots";
    public string Description => "Decisions per second on a stream of 10,000 events with snapshots, against folding it whole";

    public async Task RunAsync(BenchmarkContext context, CancellationToken cancellationToken)
    {
        List<IReadOnlyList<string>> rows = [];
        var (ours, whole) = (0d, 0d);
        foreach (var length in (int[])[100, 1000, Longest])
        {
            ours = await RateAsync(context, length, options => options.Snapshots.For<MovesOfFleet>(SnapshotEvery), cancellationToken);
            whole = await RateAsync(context, length, _ => { }, cancellationToken);
            rows.Add([length.ToString("N0", CultureInfo.InvariantCulture), BenchmarkContext.Figure(ours), BenchmarkContext.Figure(whole), BenchmarkContext.Figure(ours / whole)]);
        }

        context.Say($"{Decisions} decisions after as many events: FetchForWriting, one event, SaveChanges. A snapshot every {SnapshotEvery} events.");
        context.Table(["events before", "decisions/s with snapshots", "decisions/s folding all", "ratio"], rows);
        context.Compare(ours, "decisions/s with snapshots", whole, "decisions/s folding all");
    }

    static async Task<double> RateAsync(BenchmarkContext context, int length, Action<StoreOptions> configure, CancellationToken cancellationToken)
    {
        await using var store = await BenchmarkStore.CreateAsync(context, configure, cancellationToken);
        var stream = Guid.NewGuid();
        for (var written = 0; written < length; written += EventsPerAppend)
        {
            await using var session = store.Store.LightweightSession();
            session.Events.Append(stream, [.. Enumerable.Range(0, Math.Min(EventsPerAppend, length - written)).Select(InstanceMoved.Sample)]);
            await session.SaveChangesAsync(cancellationToken);
        }

        // warms code and caches, and lets the first snapshot come
        for (var i = 0; i < Decisions / 10; i++)
            await DecideAsync(store, stream, length + i, cancellationToken);
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < Decisions; i++)
            await DecideAsync(store, stream, length + (Decisions / 10) + i, cancellationToken);
        return Decisions / watch.Elapsed.TotalSeconds;
    }

    static async Task DecideAsync(BenchmarkStore store, Guid id, int expected, CancellationToken cancellationToken)
    {
        await using var session = store.Store.LightweightSession();
        var stream = await session.Events.FetchForWriting<MovesOfFleet>(id, cancellationToken);
        if (stream.Aggregate?.Moved != expected)
            throw new BenchmarkException($"The state has {stream.Aggregate?.Moved} events instead of {expected}.");
        stream.AppendOne(InstanceMoved.Sample(expected));
        await session.SaveChangesAsync(cancellationToken);
    }
}
