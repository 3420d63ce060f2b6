using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using OptiInfra.EventStore;
using OptiInfra.Messaging.Tests.Shop;
using OptiInfra.Testing;

namespace OptiInfra.Messaging.Tests;

public sealed class services_that_go_away
{
    readonly Notebook notebook = new();

    [Fact]
    public async Task a_host_waits_at_its_start_for_a_broker_that_is_down_and_says_so()
    {
        await using var world = await ShopWorld.CreateAsync();
        await using var gate = TcpGate.To(world.Rabbit.AmqpUri.Host, world.Rabbit.AmqpUri.Port);
        gate.Close();
        var host = world.Build(x => x.AddConsumer<PackingList>(), o => o.RabbitMq = Through(gate, world), s => s.AddSingleton(notebook));

        var starting = host.StartAsync();
        await Eventually.TrueAsync(() => host.Logs.Contains($"RabbitMQ at 127.0.0.1:{gate.Port}"), ShopWorld.Bound, "the message to the operator");
        Assert.False(starting.IsCompleted);

        gate.Open();
        await starting.WaitAsync(ShopWorld.Bound);
        await world.AppendAsync(Guid.NewGuid(), new ItemPacked(Guid.NewGuid(), 1));
        await Eventually.TrueAsync(() => notebook.Seen.Count == 1, ShopWorld.Bound, "the box");
    }

    [Fact]
    public async Task events_stored_while_the_broker_is_away_arrive_when_it_is_back()
    {
        await using var world = await ShopWorld.CreateAsync();
        await using var gate = TcpGate.To(world.Rabbit.AmqpUri.Host, world.Rabbit.AmqpUri.Port);
        var host = await world.StartAsync(x => x.AddConsumer<PackingList>(), o => o.RabbitMq = Through(gate, world), s => s.AddSingleton(notebook));
        await world.AppendAsync(Guid.NewGuid(), new ItemPacked(Guid.NewGuid(), 1));
        await Eventually.TrueAsync(() => notebook.Seen.Count == 1, ShopWorld.Bound, "the box before");

        gate.Close();
        for (var i = 2; i <= 50; i++)
            await world.AppendAsync(Guid.NewGuid(), new ItemPacked(Guid.NewGuid(), i));
        await Eventually.TrueAsync(() => host.Relay.Problem is not null, ShopWorld.Bound, "the problem in the relay's status");
        Assert.Contains("RabbitMQ", host.Relay.Problem, StringComparison.Ordinal);
        gate.Open();

        await Eventually.TrueAsync(() => notebook.Metadata.Select(m => m!.EventId).Distinct().Count() == 50, ShopWorld.Bound * 2, "the boxes");
        await Eventually.TrueAsync(() => host.Relay.Problem is null, ShopWorld.Bound, "the status being clear again");
    }

    [Fact]
    public async Task an_endpoint_that_does_not_come_back_by_itself_is_started_again()
    {
        await using var world = await ShopWorld.CreateAsync();
        var host = await world.StartAsync(x => x.AddConsumer<PackingList>(), o => o.EndpointPatience = TimeSpan.FromSeconds(1), s => s.AddSingleton(notebook));
        await world.AppendAsync(Guid.NewGuid(), new ItemPacked(Guid.NewGuid(), 1));
        await Eventually.TrueAsync(() => notebook.Seen.Count == 1, ShopWorld.Bound, "the box before");

        // as MassTransit's transport ends when a connection is lost in the middle of being made
        var health = host.Services.GetRequiredService<IBusControl>().CheckHealth();
        await health.Endpoints.Values.Single(e => e.InputAddress.AbsolutePath.EndsWith("/packing-list", StringComparison.Ordinal)).ReceiveEndpoint.Stop();
        await world.AppendAsync(Guid.NewGuid(), new ItemPacked(Guid.NewGuid(), 2));

        await Eventually.TrueAsync(() => notebook.Seen.Count == 2, ShopWorld.Bound, "the box after");
        Assert.True(host.Logs.Contains("packing-list has not come back by itself and was started again"));
    }

    [Fact]
    public async Task messages_wait_for_a_database_that_is_away_and_none_ends_in_the_error_queue()
    {
        await using var world = await ShopWorld.CreateAsync();
        var direct = new NpgsqlConnectionStringBuilder(world.Schema.AppConnectionString);
        await using var gate = TcpGate.To(direct.Host!, direct.Port);
        await using var publisher = await world.StartAsync(_ => { });
        var consumer = world.Build(
            x => x.AddConsumer<PackingAgent>(),
            o => o.RunRelay = false,
            s => s.AddSingleton(notebook).AddSingleton<IDocumentStore>(_ => world.CreateStore(o => o.ConnectionString =
                new NpgsqlConnectionStringBuilder(direct.ConnectionString) { Host = "127.0.0.1", Port = gate.Port, Timeout = 2 }.ConnectionString)));
        // the database goes away while the consumer runs, before it commits
        notebook.Meanwhile = _ =>
        {
            if (notebook.Seen.Count == 1)
                gate.Close();
            return Task.CompletedTask;
        };
        await consumer.StartAsync();
        var orders = Enumerable.Range(0, 20).Select(_ => Guid.NewGuid()).ToList();
        foreach (var order in orders)
            await world.AppendAsync(order, new OrderPlaced(order, "Ada", 250));
        await Eventually.TrueAsync(() => consumer.Logs.Contains("R-RETRY"), ShopWorld.Bound, "a consumer that waits");
        gate.Open();

        foreach (var order in orders)
            await Eventually.TrueAsync(async () => (await world.EventsAsync(order)).Count == 2, ShopWorld.Bound * 2, "the consumer's event");
        Assert.Null(await world.Rabbit.MessageCountAsync("packing-agent_error"));
    }

    [Fact]
    public async Task a_host_stops_in_time_while_its_consumers_wait_for_the_database()
    {
        await using var world = await ShopWorld.CreateAsync();
        var direct = new NpgsqlConnectionStringBuilder(world.Schema.AppConnectionString);
        await using var gate = TcpGate.To(direct.Host!, direct.Port);
        await using var publisher = await world.StartAsync(_ => { });
        var consumer = world.Build(
            x => x.AddConsumer<PackingAgent>(),
            o => (o.RunRelay, o.StopTimeout) = (false, TimeSpan.FromSeconds(3)),
            s => s.AddSingleton(notebook).AddSingleton<IDocumentStore>(_ => world.CreateStore(o => o.ConnectionString =
                new NpgsqlConnectionStringBuilder(direct.ConnectionString) { Host = "127.0.0.1", Port = gate.Port, Timeout = 2 }.ConnectionString)));
        await consumer.StartAsync();
        gate.Close();
        var order = Guid.NewGuid();
        await world.AppendAsync(order, new OrderPlaced(order, "Ada", 250));
        await Eventually.TrueAsync(() => consumer.Logs.Contains("R-RETRY"), ShopWorld.Bound, "a consumer that waits");

        await consumer.DisposeAsync().AsTask().WaitAsync(ShopWorld.Bound);
        // the message is back in its queue for whoever comes next
        await Eventually.TrueAsync(async () => await world.Rabbit.MessageCountAsync("packing-agent") == 1, ShopWorld.Bound, "the message in its queue");
        Assert.Null(await world.Rabbit.MessageCountAsync("packing-agent_error"));
    }

    static Uri Through(TcpGate gate, ShopWorld world) => new UriBuilder(world.Rabbit.AmqpUri) { Host = "127.0.0.1", Port = gate.Port }.Uri;
}
