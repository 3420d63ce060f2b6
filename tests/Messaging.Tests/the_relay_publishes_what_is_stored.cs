using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OptiInfra.EventStore;
using OptiInfra.Messaging.Tests.Shop;
using OptiInfra.Testing;
using RabbitMQ.Client;

namespace OptiInfra.Messaging.Tests;

public sealed class the_relay_publishes_what_is_stored
{
    readonly Notebook notebook = new();

    [Fact]
    public async Task every_event_once_and_its_checkpoint_moves()
    {
        await using var world = await ShopWorld.CreateAsync();
        var host = await StartAsync(world, o => o.RelayBatchSize = 7);
        await AppendOrdersAsync(world, orders: 10, boxes: 5);
        await Eventually.TrueAsync(() => notebook.Seen.Count == 50, ShopWorld.Bound, "50 boxes");

        var last = await world.ScalarAsync<long>("select max(seq_id) from events");
        await Eventually.TrueAsync(async () => await world.Store.Progression.LoadAsync(EventRelay.Name) >= last, ShopWorld.Bound, "the checkpoint at the end");
        Assert.Equal(50, notebook.Metadata.Select(m => m!.EventId).Distinct().Count());
        await Eventually.TrueAsync(() => host.Relay is { IsLeader: true, Published: 50, Problem: null }, ShopWorld.Bound, "the status");
    }

    [Fact]
    public async Task but_not_what_the_store_says_of_itself()
    {
        await using var world = await ShopWorld.CreateAsync();
        var host = await StartAsync(world);
        await AppendOrdersAsync(world, orders: 1, boxes: 2);
        using var key = CheckpointKey.Create();
        Assert.NotNull(await world.Store.TakeCheckpointAsync(key, "auditor"));
        await AppendOrdersAsync(world, orders: 1, boxes: 3);

        var last = await world.ScalarAsync<long>("select max(seq_id) from events");
        await Eventually.TrueAsync(async () => await world.Store.Progression.LoadAsync(EventRelay.Name) >= last, ShopWorld.Bound, "the checkpoint at the end");
        Assert.Equal(7, last);
        await Eventually.TrueAsync(() => host.Relay is { Published: 5, Problem: null }, ShopWorld.Bound, "the status");
    }

    [Fact]
    public async Task each_stream_in_its_order()
    {
        await using var world = await ShopWorld.CreateAsync();
        // one at a time, so that the order of arrival is the order of the queue
        await StartAsync(world, o => o.ConcurrentMessageLimit = 1);
        await AppendOrdersAsync(world, orders: 20, boxes: 10);
        await Eventually.TrueAsync(() => notebook.Seen.Count == 200, ShopWorld.Bound, "200 boxes");

        foreach (var stream in notebook.Metadata.GroupBy(m => m!.StreamId))
            Assert.Equal(Enumerable.Range(1, 10).Select(i => (long)i), stream.Select(m => m!.Version));
    }

    [Fact]
    public async Task what_was_stored_while_no_relay_ran()
    {
        await using var world = await ShopWorld.CreateAsync();
        await AppendOrdersAsync(world, orders: 3, boxes: 3);
        await StartAsync(world);
        await Eventually.TrueAsync(() => notebook.Seen.Count == 9, ShopWorld.Bound, "9 boxes");
    }

    [Fact]
    public async Task a_relay_that_is_stopped_in_mid_batch_is_followed_by_another_and_nothing_is_missing()
    {
        await using var world = await ShopWorld.CreateAsync();
        await StartAsync(world, o => o.RunRelay = false);
        var first = await world.StartAsync(_ => { }, o => o.RelayBatchSize = 40);
        await world.StartAsync(_ => { }, o => o.RelayBatchSize = 40);
        var appending = AppendOrdersAsync(world, orders: 30, boxes: 20);
        await Eventually.TrueAsync(() => notebook.Seen.Count > 50, ShopWorld.Bound, "the first boxes");
        await first.DisposeAsync();
        await appending;
        await Eventually.TrueAsync(() => notebook.Metadata.Select(m => m!.EventId).Distinct().Count() == 600, ShopWorld.Bound, "600 boxes");

        // the consumer ran once for each, although the page in hand was published twice
        Assert.Equal(600, notebook.Seen.Count);
    }

    [Fact]
    public async Task one_of_two_processes_leads_and_the_other_takes_over()
    {
        await using var world = await ShopWorld.CreateAsync();
        await StartAsync(world, o => o.RunRelay = false);
        ShopHost[] relays = [await world.StartAsync(_ => { }), await world.StartAsync(_ => { })];
        await Eventually.TrueAsync(() => relays.Count(r => r.Relay.IsLeader) == 1, ShopWorld.Bound, "one leader");
        var leader = relays.Single(r => r.Relay.IsLeader);
        var other = relays.Single(r => r != leader);

        await leader.DisposeAsync();
        await Eventually.TrueAsync(() => other.Relay.IsLeader, ShopWorld.Bound, "the other one leading");
        await AppendOrdersAsync(world, orders: 1, boxes: 1);
        await Eventually.TrueAsync(() => notebook.Seen.Count == 1, ShopWorld.Bound, "the box");
    }

    [Fact]
    public async Task an_event_of_an_unknown_type_is_passed_over_with_a_warning()
    {
        await using var world = await ShopWorld.CreateAsync();
        await using (var newer = world.CreateStore(o => o.Events.MapEventType<Reminder>("reminder_set")))
        await using (var session = newer.LightweightSession())
        {
            session.Events.Append(Guid.NewGuid(), new Reminder(Guid.NewGuid(), "from a newer program"));
            await session.SaveChangesAsync();
        }

        await AppendOrdersAsync(world, orders: 1, boxes: 1);
        var host = await StartAsync(world);
        await Eventually.TrueAsync(() => notebook.Seen.Count == 1, ShopWorld.Bound, "the box behind it");
        Assert.True(host.Logs.Contains("unknown type reminder_set"));
    }

    [Fact]
    public async Task an_event_that_no_queue_takes_stops_the_relay_until_it_is_bound_again()
    {
        await using var world = await ShopWorld.CreateAsync();
        var host = await StartAsync(world, o => o.ConcurrentMessageLimit = 1);
        await AppendOrdersAsync(world, orders: 1, boxes: 3);
        await Eventually.TrueAsync(() => notebook.Seen.Count == 3, ShopWorld.Bound, "the boxes before");
        await using var connection = await new ConnectionFactory { Uri = world.Rabbit.AmqpUri }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        await channel.ExchangeUnbindAsync("packing-list", "item-packed", "");

        var before = await world.ScalarAsync<long>("select max(seq_id) from events");
        await AppendOrdersAsync(world, orders: 1, boxes: 20);
        var stuck = before + 1;
        await Eventually.TrueAsync(() => host.Relay.Problem?.Contains($"event {stuck} (item_packed", StringComparison.Ordinal) == true, ShopWorld.Bound, "the problem in the status");
        Assert.Contains("no queue takes it", host.Relay.Problem, StringComparison.Ordinal);
        Assert.Contains(host.Logs.Entries, e => e.Level == LogLevel.Error && e.Text.Contains("NO_ROUTE", StringComparison.Ordinal));
        await Eventually.TrueAsync(
            async () => await world.CountAsync("relay_status where problem like '%no queue takes it%' and problem_since is not null") == 1, ShopWorld.Bound, "the problem in the database");
        Assert.True(await world.Store.Progression.LoadAsync(EventRelay.Name) < stuck);
        Assert.Equal(3, notebook.Seen.Count);

        await channel.ExchangeBindAsync("packing-list", "item-packed", "");
        await Eventually.TrueAsync(() => notebook.Seen.Count == 23, ShopWorld.Bound, "the boxes after");
        Assert.Equal(Enumerable.Range(1, 20), notebook.Seen.OfType<ItemPacked>().Skip(3).Select(p => p.Number));
        await Eventually.TrueAsync(() => host.Relay.Problem is null, ShopWorld.Bound, "the status being clear again");
        await Eventually.TrueAsync(async () => await world.CountAsync("relay_status where problem is null and is_leader") == 1, ShopWorld.Bound, "the row being clear again");
    }

    [Fact]
    public async Task an_event_that_nobody_subscribes_to_passes()
    {
        await using var world = await ShopWorld.CreateAsync();
        var host = await StartAsync(world);
        await world.AppendAsync(Guid.NewGuid(), new CatalogPrinted(Guid.NewGuid()));
        await Eventually.TrueAsync(() => host.Relay is { Published: 1, Problem: null }, ShopWorld.Bound, "the event being published");
        await Eventually.TrueAsync(async () => await world.Store.Progression.LoadAsync(EventRelay.Name) >= 1, ShopWorld.Bound, "the checkpoint");
    }

    [Fact]
    public async Task an_exchange_that_somebody_has_deleted_is_declared_again()
    {
        await using var world = await ShopWorld.CreateAsync();
        var host = await StartAsync(world);
        // the relay knows the exchange by then
        await world.AppendAsync(Guid.NewGuid(), new CatalogPrinted(Guid.NewGuid()));
        await Eventually.TrueAsync(() => host.Relay is { Published: 1, Problem: null }, ShopWorld.Bound, "the event before");
        await using var connection = await new ConnectionFactory { Uri = world.Rabbit.AmqpUri }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        await channel.ExchangeDeleteAsync("catalog-printed");

        await world.AppendAsync(Guid.NewGuid(), new CatalogPrinted(Guid.NewGuid()));
        await Eventually.TrueAsync(() => host.Relay is { Published: 2, Problem: null }, ShopWorld.Bound, "the event being published again");
        Assert.True(host.Logs.Contains("no exchange 'catalog-printed'"));
        await channel.ExchangeDeclarePassiveAsync("catalog-printed");
    }

    [Fact]
    public async Task connections_to_the_broker_that_break_cost_nothing()
    {
        await using var world = await ShopWorld.CreateAsync();
        await StartAsync(world);
        await AppendOrdersAsync(world, orders: 5, boxes: 5);
        await Eventually.TrueAsync(() => notebook.Seen.Count == 25, ShopWorld.Bound, "the boxes before");

        var appending = AppendOrdersAsync(world, orders: 20, boxes: 20);
        Assert.NotEqual(0, await world.Rabbit.CloseConnectionsAsync());
        await appending;
        await Eventually.TrueAsync(() => notebook.Metadata.Select(m => m!.EventId).Distinct().Count() == 425, ShopWorld.Bound * 2, "the boxes after");
    }

    [Fact]
    public async Task connections_to_the_database_that_break_cost_nothing()
    {
        await using var world = await ShopWorld.CreateAsync();
        var host = await StartAsync(world);
        await AppendOrdersAsync(world, orders: 5, boxes: 5);
        await Eventually.TrueAsync(() => notebook.Seen.Count == 25, ShopWorld.Bound, "the boxes before");
        await Eventually.TrueAsync(() => host.Relay.IsLeader, ShopWorld.Bound, "the leader");

        await world.ScalarAsync<long>(
            "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = $1 and pid <> pg_backend_pid() and usename <> current_user",
            world.Schema.Schema);
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    await AppendOrdersAsync(world, orders: 1, boxes: 1);
                    return true;
                }
                catch (Npgsql.NpgsqlException)
                {
                    return false;
                }
            },
            ShopWorld.Bound, "an append");
        await Eventually.TrueAsync(() => notebook.Metadata.Select(m => m!.EventId).Distinct().Count() == 26, ShopWorld.Bound * 2, "the box after");
    }

    Task<ShopHost> StartAsync(ShopWorld world, Action<MessagingOptions>? configure = null) =>
        world.StartAsync(x => x.AddConsumer<PackingList>(), configure, s => s.AddSingleton(notebook));

    static Task AppendOrdersAsync(ShopWorld world, int orders, int boxes) => Parallel.ForEachAsync(Enumerable.Range(0, orders), async (_, _) =>
    {
        var order = Guid.NewGuid();
        for (var i = 1; i <= boxes; i++)
            await world.AppendAsync(order, new ItemPacked(order, i));
    });
}
