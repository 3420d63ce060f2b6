using System.Diagnostics;

namespace OptiInfra.Benchmarks.EventStore;

/// <summary>
/// Appends with an expected version, each in its own transaction, beside INSERTs by pgbench into a table of the same
/// shape and indexes that check, lock, chain and notify nothing. Rounds of both alternate, so that both see the same noise.
/// </summary>
public sealed class AppendBenchmark : IBenchmark
{
    const int StreamsPerWriter = 50;
    const int Rounds = 5;
    static readonly TimeSpan Round = TimeSpan.FromSeconds(2);
    static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);

    public string Name => "append";
    public string Description => "Events appended per second by 1, 4, 16 and 32 writers, singly, by hundreds and after FetchForWriting, against pgbench's raw INSERT";

    public IReadOnlyList<string> Parts { get; } = [.. Appends.Select(a => $"{a.Batch}x{a.Writers}"), FetchedPart];

    const string FetchedPart = "fetched";
    static IEnumerable<(int Batch, int Writers)> Appends => from batch in (int[])[1, 100] from writers in (int[])[1, 4, 16, 32] select (batch, writers);

    /// <param name="Driver">Null where it was not measured.</param>
    sealed record Cell(string EventsPerAppend, int Writers, double Ours, double Raw, double? Driver)
    {
        public double Ratio => Ours / Raw;

        public double? OfDriver => Ours / Driver;
    }

    public async Task RunAsync(BenchmarkContext context, CancellationToken cancellationToken)
    {
        await using var store = await BenchmarkStore.CreateAsync(context, cancellationToken);
        var pgbench = new Pgbench(context.PostgresOwner);
        await using var driver = new DriverInserts(store, context.PostgresOwner);
        // compiled to the end before anything is timed: a program that runs for weeks is
        foreach (var batch in (int[])[1, 100])
            await Compilation.RunAsync(() => AppendAsync(store, writers: 4, batch, Round, cancellationToken));
        List<Cell> cells = [];
        foreach (var (batch, writers) in Appends)
            if (context.Wants($"{batch}x{writers}"))
                cells.Add(await MeasureAsync($"{batch}", store, pgbench, batch == 1 ? driver : null, writers, batch, duration => AppendAsync(store, writers, batch, duration, cancellationToken), cancellationToken));
        var headline = cells.MinBy(c => c.Ratio);
        if (context.Wants(FetchedPart))
        {
            var fetched = new FetchedAppends(store.Store);
            cells.Add(await MeasureAsync("1, fetched", store, pgbench, driver: null, FetchedAppends.Writers, batch: 1, duration => fetched.RunAsync(duration, cancellationToken), cancellationToken));
        }

        context.Say($"Events per second, median of {Rounds} rounds of {Round.TotalSeconds:0} s each. Ours: one transaction per append, expected version checked, hash chained, appended to one of {StreamsPerWriter} streams per writer. Raw: pgbench, prepared INSERT into a table of the same columns and indexes; a hundred rows are made in the server by INSERT … SELECT, so that raw pays no transfer. Driver: the same INSERT of one row, prepared, by Npgsql in this process, a connection per writer: what no program in .NET can be faster than without sharing commits.");
        context.Table(
            ["events per append", "writers", "ours", "raw", "ratio", "driver", "ours to driver"],
            cells.Select(c => (IReadOnlyList<string>)[c.EventsPerAppend, $"{c.Writers}", BenchmarkContext.Figure(c.Ours), BenchmarkContext.Figure(c.Raw), BenchmarkContext.Figure(c.Ratio), Figure(c.Driver), Figure(c.OfDriver)]));
        context.Say($"Fetched: {FetchedAppends.Description}");
        var lowest = headline ?? cells[0];
        context.Say($"The headline is the lowest ratio of the appends without a fetch: {lowest.EventsPerAppend} event(s) per append, {lowest.Writers} writer(s).");
        context.Compare(lowest.Ours, "events/s", lowest.Raw, "rows/s by pgbench");
    }

    static string Figure(double? value) => value is { } known ? BenchmarkContext.Figure(known) : "";

    static async Task<Cell> MeasureAsync(
        string eventsPerAppend, BenchmarkStore store, Pgbench pgbench, DriverInserts? driver, int writers, int batch, Func<TimeSpan, Task<double>> append, CancellationToken cancellationToken)
    {
        await store.EmptyAsync(cancellationToken);
        await append(WarmUp);
        List<double> ours = [], raw = [], driven = [];
        for (var round = 0; round < Rounds; round++)
        {
            await store.EmptyAsync(cancellationToken);
            raw.Add(batch * await pgbench.RunAsync(RawInsert(store, batch), writers, Round, cancellationToken));
            await store.EmptyAsync(cancellationToken);
            ours.Add(await append(Round));
            if (driver is not null)
                driven.Add(await driver.RunAsync(writers, Round, cancellationToken));
        }
        return new Cell(eventsPerAppend, writers, Sample.Median(ours), Sample.Median(raw), driver is null ? null : Sample.Median(driven));
    }

    static async Task<double> AppendAsync(BenchmarkStore store, int writers, int batch, TimeSpan duration, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        var appended = await Task.WhenAll(Enumerable.Range(0, writers).Select(_ => Task.Run(async () =>
        {
            var streams = Enumerable.Range(0, StreamsPerWriter).Select(_ => Guid.NewGuid()).ToArray();
            var versions = new long[StreamsPerWriter];
            var events = Enumerable.Range(0, batch).Select(i => (object)InstanceMoved.Sample(i)).ToArray();
            long count = 0;
            for (var next = 0; watch.Elapsed < duration; next = (next + 1) % StreamsPerWriter)
            {
                await using var session = store.Store.LightweightSession();
                session.Events.AppendAt(streams[next], versions[next], events);
                await session.SaveChangesAsync(cancellationToken);
                versions[next] += batch;
                count += batch;
            }
            return count;
        }, cancellationToken)));
        return appended.Sum() / watch.Elapsed.TotalSeconds;
    }

    /// <summary>One stream per client; pgbench keeps a variable from transaction to transaction, and wants a command on one line.</summary>
    static string RawInsert(BenchmarkStore store, int batch)
    {
        var row = $"nextval('{store.Schema}.raw_sequence'), gen_random_uuid(), ('00000000-0000-0000-0000-' || lpad(:client_id::text, 12, '0'))::uuid, :version::bigint + i, 'instance_moved', 1, '{store.SampleJson}'::json, now(), 'default', null, null, null, null, '\\x{new string('a', 64)}'::bytea";
        var rows = batch == 1
            ? $"values ({row.Replace(" + i", "", StringComparison.Ordinal)})"
            : $"select {row} from generate_series(1, {batch}) as i";
        return $"""
            \set version :version + {batch}
            insert into {store.RawTable} (seq_id, id, stream_id, version, type, schema_version, data, timestamp, tenant_id, actor, correlation_id, causation_id, trace_parent, hash) {rows};
            """;
    }
}
