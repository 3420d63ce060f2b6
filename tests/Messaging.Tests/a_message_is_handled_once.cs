using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using OptiInfra.EventStore;
using OptiInfra.Messaging.Tests.Shop;
using OptiInfra.Testing;

namespace OptiInfra.Messaging.Tests;

public sealed class a_message_is_handled_once
{
    readonly Notebook notebook = new();

    [Fact]
    public async Task a_duplicate_is_acknowledged_without_running_the_consumer()
    {
        await using var world = await ShopWorld.CreateAsync();
        var host = await StartAsync(world);
        var order = Guid.NewGuid();
        await world.AppendAsync(order, new OrderPlaced(order, "Ada", 250));
        await Eventually.TrueAsync(async () => (await world.EventsAsync(order)).Count == 2, ShopWorld.Bound, "the consumer's event");

        // what a crash between commit and acknowledgement leads to: the same message once more
        var again = (await world.EventsAsync(order))[0];
        await PublishAgainAsync(host, again);
        await EverythingHandledAsync(world, host);

        Assert.Equal(1, notebook.Times<OrderPlaced>());
        Assert.Equal(2, (await world.EventsAsync(order)).Count);
        Assert.True(host.Logs.Contains("was handled at packing-agent before"));
    }

    [Fact]
    public async Task of_two_deliveries_at_the_same_time_one_has_its_effect()
    {
        await using var world = await ShopWorld.CreateAsync();
        var host = await StartAsync(world, o => o.RunRelay = false);
        var order = Guid.NewGuid();
        await world.AppendAsync(order, new OrderPlaced(order, "Ada", 250));
        var both = new Barrier(2);
        notebook.Meanwhile = context =>
        {
            // only the first attempts of the two deliveries meet
            if (notebook.Times<OrderPlaced>() <= 2)
                Assert.True(both.SignalAndWait(ShopWorld.Bound));
            return Task.CompletedTask;
        };

        var placed = (await world.EventsAsync(order))[0];
        await Task.WhenAll(PublishAgainAsync(host, placed), PublishAgainAsync(host, placed));
        await EverythingHandledAsync(world, host);

        Assert.Equal(2, notebook.Times<OrderPlaced>());
        Assert.Equal(2, (await world.EventsAsync(order)).Count);
        Assert.Null(await world.Rabbit.MessageCountAsync("packing-agent_error"));
    }

    [Fact]
    public async Task a_consumer_may_work_in_sessions_of_its_own_before()
    {
        await using var world = await ShopWorld.CreateAsync();
        var order = Guid.NewGuid();
        notebook.Meanwhile = async context =>
        {
            // intent, call, outcome on the very stream that the message's session appends to later
            await world.AppendAsync(order, new ItemPacked(order, 100));
            await world.AppendAsync(order, new ItemPacked(order, 101));
        };
        await StartAsync(world);
        await world.AppendAsync(order, new OrderPlaced(order, "Ada", 250));
        await Eventually.TrueAsync(async () => (await world.EventsAsync(order)).Count == 4, ShopWorld.Bound, "intent, outcome and the consumer's own event");

        Assert.Equal([100, 101, 1], (await world.EventsAsync(order)).Skip(1).Select(e => ((ItemPacked)e.Data).Number));
    }

    [Fact]
    public async Task a_consumer_that_fails_leaves_nothing_and_is_tried_again()
    {
        await using var world = await ShopWorld.CreateAsync();
        var order = Guid.NewGuid();
        notebook.Meanwhile = context =>
        {
            context.Session().Events.Append(order, new OrderShipped(order));
            return notebook.Times<OrderPlaced>() == 1 ? throw new InvalidOperationException("not yet") : Task.CompletedTask;
        };
        await StartAsync(world);
        await world.AppendAsync(order, new OrderPlaced(order, "Ada", 250));
        await Eventually.TrueAsync(async () => (await world.EventsAsync(order)).Count == 3, ShopWorld.Bound, "the second attempt's events");

        Assert.Equal(2, notebook.Times<OrderPlaced>());
        Assert.Single(await world.EventsAsync(order), e => e.Data is OrderShipped);
    }

    [Fact]
    public async Task what_a_consumer_appends_names_its_cause_its_actor_its_tenant_and_its_trace()
    {
        await using var world = await ShopWorld.CreateAsync();
        await StartAsync(world);
        Guid order = Guid.NewGuid(), conversation = Guid.NewGuid();
        const string trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        await using (var session = world.Store.LightweightSession(new SessionOptions { TenantId = "acme", Actor = "ada@acme", CorrelationId = conversation, TraceParent = trace }))
        {
            session.Events.Append(order, new OrderPlaced(order, "Ada", 250));
            await session.SaveChangesAsync();
        }

        await Eventually.TrueAsync(async () => await world.CountAsync("events") == 2, ShopWorld.Bound, "the consumer's event");
        await using var query = world.Store.QuerySession("acme");
        var events = await query.Events.FetchStreamAsync(order);
        var (cause, effect) = (events[0], events[1]);
        Assert.Equal(("acme", "packing-agent", conversation, cause.Id), (effect.TenantId, effect.Actor, effect.CorrelationId, effect.CausationId));
        Assert.StartsWith(trace[..35], effect.TraceParent, StringComparison.Ordinal);

        var metadata = Assert.Single(notebook.Metadata)!;
        Assert.Equal(
            new EventMetadata(cause.Id, order, 1, cause.Sequence, "acme", "ada@acme", conversation, null, trace, cause.Timestamp),
            metadata);
    }

    [Fact]
    public async Task a_message_that_always_fails_ends_in_the_error_queue_with_its_reason_and_blocks_nobody()
    {
        await using var world = await ShopWorld.CreateAsync();
        Guid poison = Guid.NewGuid(), good = Guid.NewGuid();
        notebook.Meanwhile = context => context.TryGetMessage<OrderPlaced>(out var placed) && placed.Message.OrderId == poison
            ? throw new InvalidOperationException("the shelf is on fire")
            : Task.CompletedTask;
        await StartAsync(world, o => o.ConcurrentMessageLimit = 1);
        await world.AppendAsync(poison, new OrderPlaced(poison, "Ada", 250));
        await world.AppendAsync(good, new OrderPlaced(good, "Bob", 250));
        await Eventually.TrueAsync(async () => (await world.EventsAsync(good)).Count == 2, ShopWorld.Bound, "the following message's event");
        await Eventually.TrueAsync(async () => await world.Rabbit.MessageCountAsync("packing-agent_error") == 1, ShopWorld.Bound, "the poison in the error queue");

        var message = (await world.Rabbit.TakeAsync("packing-agent_error"))!;
        Assert.Equal("the shelf is on fire", message.Headers["MT-Fault-Message"]);
        Assert.Equal("packing-agent", message.Headers["MT-Fault-InputAddress"].Split('/')[^1]);
        Assert.Contains(poison.ToString(), message.Body, StringComparison.Ordinal);
        Assert.Single(await world.EventsAsync(poison));
    }

    [Fact]
    public async Task a_type_that_the_endpoint_does_not_know_is_skipped()
    {
        await using var world = await ShopWorld.CreateAsync();
        var host = await StartAsync(world);
        var endpoint = await host.Bus.GetSendEndpoint(new Uri("queue:packing-agent"));
        await endpoint.Send(new CatalogPrinted(Guid.NewGuid()));
        await Eventually.TrueAsync(async () => await world.Rabbit.MessageCountAsync("packing-agent_skipped") == 1, ShopWorld.Bound, "the message in the skipped queue");
    }

    [Fact]
    public async Task old_inbox_rows_are_forgotten_and_young_ones_kept()
    {
        await using var world = await ShopWorld.CreateAsync();
        await world.ScalarAsync<object>(
            """
            insert into inbox (endpoint, message_id, received) values
                ('x', gen_random_uuid(), now() - interval '8 days'), ('x', gen_random_uuid(), now() - interval '6 days');
            select 1::bigint
            """);
        await StartAsync(world);
        await Eventually.TrueAsync(async () => await world.CountAsync("inbox") == 1, ShopWorld.Bound, "the old row being gone");
        Assert.Equal(1, await world.CountAsync("inbox where received > now() - interval '7 days'"));
    }

    Task<ShopHost> StartAsync(ShopWorld world, Action<MessagingOptions>? configure = null) =>
        world.StartAsync(x => x.AddConsumer<PackingAgent>(), configure, s => s.AddSingleton(notebook));

    static Task PublishAgainAsync(ShopHost host, IEvent e) => host.Bus.Publish(e.Data, e.EventType, new EventPublishPipe(e));

    static Task EverythingHandledAsync(ShopWorld world, ShopHost host) => Eventually.TrueAsync(
        async () => await world.Rabbit.MessageCountAsync("packing-agent") == 0, ShopWorld.Bound, "the queue being empty");
}
