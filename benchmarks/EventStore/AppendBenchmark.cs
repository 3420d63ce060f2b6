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
    static readonly TimeSpan Compilation = TimeSpan.FromSeconds(10);

    public string Name => "append";
    public string Description => "Events appended per second by 1, 4, 16 and 32 writers, singly, by hundreds and after FetchForWriting, against pgbench's raw INSERT";

    public IReadOnlyList<string> Parts { get; } = [.. Appends.Select(a => $"{a.Batch}x{a.Writers}"), FetchedPart];

    const string FetchedPart = "fetched";
    static IEnumerable<(int Batch, int Writers)> Appends => from batch in (int[])[1, 100] from writers in (int[])[1, 4, 16, 32] select (batch, writers);

    sealed record Cell(string EventsPerAppend, int Writers, double Ours, double Raw)
    {
        public double Ratio => Ours / Raw;
    }

    public async Task RunAsync(BenchmarkContext context, CancellationToken cancellationToken)
    {
        await using var store = await BenchmarkStore.CreateAsync(context, cancellationToken);
        var pgbench = new Pgbench(context.PostgresOwner);
        // compiled to the end before anything is timed: a program that runs for weeks is
        foreach (var batch in (int[])[1, 100])
            await AppendAsync(store, writers: 4, batch, Compilation, cancellationToken);
        List<Cell> cells = [];
        foreach (var (batch, writers) in Appends)
            if (context.Wants($"{batch}x{writers}"))
                cells.Add(await MeasureAsync($"{batch}", store, pgbench, writers, batch, duration => AppendAsync(store, writers, batch, duration, cancellationToken), cancellationToken));
        var headline = cells.MinBy(c => c.Ratio);
        if (context.Wants(FetchedPart))
        {
            var fetched = new FetchedAppends(store.Store);
            cells.Add(await MeasureAsync("1, fetched", store, pgbench, FetchedAppends.Writers, batch: 1, duration => fetched.RunAsync(duration, cancellationToken), cancellationToken));
        }

        context.Say($"Events per second, median of {Rounds} rounds of {Round.TotalSeconds:0} s each. Ours: one transaction per append, expected version checked, hash chained, appended to one of {StreamsPerWriter} streams per writer. Raw: pgbench, prepared INSERT into a table of the same columns and indexes; a hundred rows are made in the server by INSERT … SELECT, so that raw pays no transfer.");
        context.Table(
            ["events per append", "writers", "ours", "raw", "ratio"],
            cells.Select(c => (IReadOnlyList<string>)[c.EventsPerAppend, $"{c.Writers}", BenchmarkContext.Figure(c.Ours), BenchmarkContext.Figure(c.Raw), BenchmarkContext.Figure(c.Ratio)]));
        context.Say($"Fetched: {FetchedAppends.Description}");
        var lowest = headline ?? cells[0];
        context.Say($"The headline is the lowest ratio of the appends without a fetch: {lowest.EventsPerAppend} event(s) per append, {lowest.Writers} writer(s).");
        context.Compare(lowest.Ours, "events/s", lowest.Raw, "rows/s by pgbench");
    }

    static async Task<Cell> MeasureAsync(
        string eventsPerAppend, BenchmarkStore store, Pgbench pgbench, int writers, int batch, Func<TimeSpan, Task<double>> append, CancellationToken cancellationToken)
    {
        await store.EmptyAsync(cancellationToken);
        await append(WarmUp);
        List<double> ours = [], raw = [];
        for (var round = 0; round < Rounds; round++)
        {
            await store.EmptyAsync(cancellationToken);
            raw.Add(batch * await pgbench.RunAsync(RawInsert(store, batch), writers, Round, cancellationToken));
            await store.EmptyAsync(cancellationToken);
            ours.Add(await append(Round));
        }
        return new Cell(eventsPerAppend, writers, Sample.Median(ours), Sample.Median(raw));
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
