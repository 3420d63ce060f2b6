using Npgsql;
using OptiInfra.Benchmarks.EventStore;
using OptiInfra.EventStore;
using OptiInfra.Messaging;

namespace OptiInfra.Benchmarks.Relay;

/// <summary>How fast the relay empties a backlog, and how long an event is on its way while a steady stream of them is appended.</summary>
public sealed class RelayBenchmark : IBenchmark
{
    const int Streams = 500;
    const int PerStream = 60;
    const int Rounds = 3;
    const int SteadyPerSecond = 400;
    static readonly TimeSpan SteadyFor = TimeSpan.FromSeconds(8);

    public string Name => "relay";

    public string Description => "events per second from the store to RabbitMQ, and their lag, beside a raw publisher with confirms of the same bodies";

    public async Task RunAsync(BenchmarkContext context, CancellationToken cancellationToken)
    {
        var schema = $"bench_relay_{Guid.NewGuid():N}";
        var options = new Action<StoreOptions>(o =>
        {
            (o.ConnectionString, o.OwnerConnectionString, o.DatabaseSchemaName) = (context.Postgres, context.PostgresOwner, schema);
            o.UseMessaging().Events.MapEventType<InstanceMoved>("instance_moved");
        });
        await using var store = DocumentStore.For(options);
        await store.ApplyAllConfiguredChangesToDatabaseAsync(cancellationToken);
        await using var owner = NpgsqlDataSource.Create(context.PostgresOwner);
        await using var queue = new RelayQueue(context.RabbitMq);
        try
        {
            await AppendAsync(store, cancellationToken);
            var relay = new RelayUnderTest(context.RabbitMq, options, owner, schema);
            await MeasureAsync(context, store, relay, queue, cancellationToken);
        }
        finally
        {
            await using var drop = owner.CreateCommand($"drop schema {schema} cascade");
            await drop.ExecuteNonQueryAsync(CancellationToken.None);
        }
    }

    static async Task MeasureAsync(BenchmarkContext context, DocumentStore store, RelayUnderTest relay, RelayQueue queue, CancellationToken cancellationToken)
    {
        const int total = Streams * PerStream;
        var (ours, raw) = (new List<double>(), new List<double>());
        for (var round = 0; round <= Rounds; round++)
        {
            ours.Add(await relay.EmptyBacklogAsync(total, cancellationToken));
            var bodies = await queue.TakeAsync(total, cancellationToken);
            raw.Add(await queue.PublishRawAsync(bodies, cancellationToken));
            await queue.TakeAsync(total, cancellationToken);
        }

        // the first round compiles and fills the pools
        var (oursMedian, rawMedian) = (Sample.Median(ours[1..]), Sample.Median(raw[1..]));
        context.Say($"A backlog of {total} events in {Streams} streams, to one durable queue; medians of {Rounds} rounds, in turns. "
            + $"Ours reads them from PostgreSQL, writes MassTransit's envelope, awaits confirms and moves the checkpoint; raw sends the same bodies with up to {RelayQueue.Outstanding} unconfirmed.");
        context.Table(["events/s", "ours", "raw", "ratio"], [["backlog", BenchmarkContext.Figure(oursMedian), BenchmarkContext.Figure(rawMedian), BenchmarkContext.Figure(oursMedian / rawMedian)]]);

        var lag = await relay.SteadyAsync(store, queue, SteadyPerSecond, SteadyFor, cancellationToken);
        var rawLag = await queue.SteadyRawAsync(SteadyPerSecond, SteadyFor, cancellationToken);
        context.Say($"{SteadyPerSecond} events/s appended one by one for {SteadyFor.TotalSeconds:0} s; from before the append (raw: before the publish) to the consumer.");
        context.Table(["ms", "median", "p99"],
        [
            ["append, relay, broker, consumer", .. Row(lag)],
            ["raw publish, broker, consumer", .. Row(rawLag)],
        ]);
        context.Compare(oursMedian, "events/s", rawMedian, "messages/s raw with confirms");
    }

    static async Task AppendAsync(DocumentStore store, CancellationToken cancellationToken)
    {
        for (var i = 0; i < Streams; i++)
        {
            await using var session = store.LightweightSession();
            session.Events.Append(Guid.CreateVersion7(), [.. Enumerable.Range(1, PerStream).Select(InstanceMoved.Sample)]);
            await session.SaveChangesAsync(cancellationToken);
        }
    }

    static string[] Row(IReadOnlyList<double> values) => [BenchmarkContext.Figure(Sample.Percentile(values, 0.5)), BenchmarkContext.Figure(Sample.Percentile(values, 0.99))];
}
