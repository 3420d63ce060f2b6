using System.Diagnostics;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using OptiInfra.Benchmarks.EventStore;
using OptiInfra.EventStore;
using OptiInfra.Messaging;

namespace OptiInfra.Benchmarks.Relay;

/// <summary>A process that has only the relay, as <c>optiinfra run --roles relay</c> does.</summary>
public sealed class RelayUnderTest(Uri rabbitMq, Action<StoreOptions> options, NpgsqlDataSource owner, string schema)
{
    static readonly TimeSpan Bound = TimeSpan.FromMinutes(1);

    /// <summary>Events per second from the first confirm to the checkpoint behind the last.</summary>
    public async Task<double> EmptyBacklogAsync(int total, CancellationToken cancellationToken)
    {
        await using (var rewind = owner.CreateCommand($"delete from {schema}.event_progression where name = 'relay'"))
            await rewind.ExecuteNonQueryAsync(cancellationToken);
        using var host = await StartAsync(cancellationToken);
        var relay = host.Services.GetRequiredService<EventRelay>();
        long before = 0;
        await UntilAsync(() => (before = relay.Status.Published) > 0, cancellationToken);
        var began = Stopwatch.GetTimestamp();
        await UntilAsync(() => relay.Status.Position >= total, cancellationToken);
        var elapsed = Stopwatch.GetElapsedTime(began);
        await host.StopAsync(CancellationToken.None);
        return (total - before) / elapsed.TotalSeconds;
    }

    /// <summary>Milliseconds from before each append to the arrival at a consumer.</summary>
    public async Task<IReadOnlyList<double>> SteadyAsync(IDocumentStore store, RelayQueue queue, int perSecond, TimeSpan length, CancellationToken cancellationToken)
    {
        using var host = await StartAsync(cancellationToken);
        var relay = host.Services.GetRequiredService<EventRelay>();
        await UntilAsync(() => relay.Status.IsLeader, cancellationToken);
        var lags = queue.LagsAsync("event-timestamp", (int)(perSecond * length.TotalSeconds), cancellationToken);
        var streams = Enumerable.Range(0, 50).Select(_ => Guid.CreateVersion7()).ToArray();
        var i = 0;
        await Pace.RunAsync(perSecond, length, async () =>
        {
            await using var session = store.LightweightSession();
            session.Events.Append(streams[i++ % streams.Length], InstanceMoved.Sample(i));
            await session.SaveChangesAsync(cancellationToken);
        }, cancellationToken);
        var result = await lags;
        await host.StopAsync(CancellationToken.None);
        return result;
    }

    async Task<IHost> StartAsync(CancellationToken cancellationToken)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddEventStore(options);
        builder.Services.AddMessaging(
            o => (o.RabbitMq, o.RunsHere, o.RunScheduler) = (rabbitMq, _ => false, false),
            x => x.AddConsumer<Taker>().Endpoint(e => e.Name = RelayQueue.Name));
        var host = builder.Build();
        await host.StartAsync(cancellationToken);
        return host;
    }

    static async Task UntilAsync(Func<bool> isSo, CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        while (!isSo())
        {
            if (Stopwatch.GetElapsedTime(began) > Bound)
                throw new BenchmarkException($"The relay did not get through within {Bound}.");
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, cancellationToken);
        }
    }

    /// <summary>Makes the queue exist; what is in it the benchmark takes itself.</summary>
    sealed class Taker : IConsumer<InstanceMoved>
    {
        public Task Consume(ConsumeContext<InstanceMoved> context) => Task.CompletedTask;
    }
}
