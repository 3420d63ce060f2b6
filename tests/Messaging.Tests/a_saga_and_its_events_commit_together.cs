using MassTransit;
using OptiInfra.EventStore;
using OptiInfra.Messaging.Tests.Shop;
using OptiInfra.Testing;

namespace OptiInfra.Messaging.Tests;

public sealed class a_saga_and_its_events_commit_together
{
    static void Saga(IBusRegistrationConfigurator x) => x.AddSagaStateMachine<OrderStateMachine, OrderState, OrderSagaDefinition>();

    [Fact]
    public async Task state_inbox_timer_and_events_are_written_by_one_message()
    {
        await using var world = await ShopWorld.CreateAsync();
        await world.StartAsync(Saga);
        var order = Guid.NewGuid();

        await world.AppendAsync(order, new OrderPlaced(order, "Ada", 250));
        await Eventually.TrueAsync(async () => await world.SagaStateAsync(order) == "Open", ShopWorld.Bound, "the saga being open");
        Assert.Equal(1, await world.CountAsync("inbox where endpoint = 'order-saga'"));
        Assert.Equal(1, await world.CountAsync("scheduled_message"));
        Assert.Equal(1, await world.ScalarAsync<int>("select version from saga_state"));

        await world.AppendAsync(order, new ItemPacked(order, 7));
        await Eventually.TrueAsync(async () => (await world.EventsAsync(order)).Count == 3, ShopWorld.Bound, "the activity's event");
        Assert.Equal(2, await world.ScalarAsync<int>("select version from saga_state"));
        Assert.Equal("[7]", await world.ScalarAsync<string>("select (data->'packed')::text from saga_state"));
        Assert.IsType<OrderShipped>((await world.EventsAsync(order))[2].Data);
    }

    [Fact]
    public async Task a_state_machine_that_fails_leaves_nothing_and_the_message_goes_to_the_error_queue()
    {
        await using var world = await ShopWorld.CreateAsync();
        await world.StartAsync(Saga);
        var order = Guid.NewGuid();

        await world.AppendAsync(order, new OrderPlaced(order, "Ada", 250), new ItemPacked(order, -1), new ItemPacked(order, 8));
        await Eventually.TrueAsync(async () => await world.Rabbit.MessageCountAsync("order-saga_error") == 1, ShopWorld.Bound, "the message in the error queue");
        await Eventually.TrueAsync(async () => (await world.EventsAsync(order)).Count == 4, ShopWorld.Bound, "the event of the message that worked");

        Assert.Equal("[8]", await world.ScalarAsync<string>("select (data->'packed')::text from saga_state"));
        Assert.Equal(2, await world.CountAsync("inbox where endpoint = 'order-saga'"));
    }

    [Fact]
    public async Task an_event_that_cannot_be_appended_takes_state_and_inbox_with_it()
    {
        await using var world = await ShopWorld.CreateAsync();
        // PostgreSQL itself refuses the event that the activity appends, after inbox row and state were sent
        await world.ScalarAsync<object>(
            """
            create function refuse() returns trigger language plpgsql as 'begin raise exception ''no shipping today''; end';
            create trigger refuse before insert on events for each row when (new.type = 'order_shipped') execute function refuse();
            select 1::bigint
            """);
        await world.StartAsync(Saga);
        var order = Guid.NewGuid();

        await world.AppendAsync(order, new OrderPlaced(order, "Ada", 250), new ItemPacked(order, 7));
        await Eventually.TrueAsync(async () => await world.Rabbit.MessageCountAsync("order-saga_error") == 1, ShopWorld.Bound, "the message in the error queue");

        Assert.Equal("[]", await world.ScalarAsync<string>("select (data->'packed')::text from saga_state"));
        Assert.Equal(1, await world.ScalarAsync<int>("select version from saga_state"));
        Assert.Equal(1, await world.CountAsync("inbox where endpoint = 'order-saga'"));
        var reason = (await world.Rabbit.TakeAsync("order-saga_error"))!.Headers["MT-Fault-Message"];
        Assert.Contains("no shipping today", reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_query_finds_the_instances_whose_properties_equal_and_others_are_left_alone()
    {
        await using var world = await ShopWorld.CreateAsync();
        await world.StartAsync(Saga);
        Guid express = Guid.NewGuid(), normal = Guid.NewGuid(), other = Guid.NewGuid();
        await world.AppendAsync(express, new OrderPlaced(express, "Ada", 250));
        await world.AppendAsync(normal, new OrderPlaced(normal, "Ada", 25));
        await world.AppendAsync(other, new OrderPlaced(other, "Bob", 250));
        await Eventually.TrueAsync(async () => await world.CountAsync("saga_state") == 3, ShopWorld.Bound, "three sagas");

        await world.AppendAsync(Guid.NewGuid(), new PaymentTaken(express, "Ada"));
        await Eventually.TrueAsync(async () => await world.SagaStateAsync(express) == "Shipped", ShopWorld.Bound, "the paid order being shipped");

        Assert.Equal("Open", await world.SagaStateAsync(normal));
        Assert.Equal("Open", await world.SagaStateAsync(other));
        Assert.Equal(2, await world.CountAsync("scheduled_message"));
        Assert.IsType<OrderShipped>((await world.EventsAsync(express))[^1].Data);
    }

    [Fact]
    public async Task a_saga_that_is_complete_is_gone()
    {
        await using var world = await ShopWorld.CreateAsync();
        await world.StartAsync(Saga);
        var order = Guid.NewGuid();
        await world.AppendAsync(order, new OrderPlaced(order, "Ada", 250));
        await Eventually.TrueAsync(async () => await world.SagaStateAsync(order) == "Open", ShopWorld.Bound, "the saga being open");

        await world.AppendAsync(order, new OrderClosed(order, "cancelled"));
        await Eventually.TrueAsync(async () => await world.SagaStateAsync(order) is null, ShopWorld.Bound, "the saga being gone");
        Assert.Equal(2, await world.CountAsync("inbox where endpoint = 'order-saga'"));
    }

    [Fact]
    public async Task concurrent_messages_to_one_saga_at_two_processes_lose_nothing()
    {
        const int boxes = 200;
        await using var world = await ShopWorld.CreateAsync();
        await world.StartAsync(Saga);
        await world.StartAsync(Saga);
        var order = Guid.NewGuid();
        await world.AppendAsync(order, new OrderPlaced(order, "Ada", 250));
        await Eventually.TrueAsync(async () => await world.SagaStateAsync(order) == "Open", ShopWorld.Bound, "the saga being open");

        // a stream for each box, so that the relay publishes them all at once
        await Parallel.ForEachAsync(Enumerable.Range(1, boxes), async (i, _) => await world.AppendAsync(Guid.NewGuid(), new ItemPacked(order, i)));
        await Eventually.TrueAsync(
            async () => await world.ScalarAsync<int>("select jsonb_array_length(data->'packed') from saga_state") == boxes,
            ShopWorld.Bound * 2, $"{boxes} boxes in the saga");

        Assert.Equal(boxes, await world.ScalarAsync<long>("select count(distinct x) from saga_state, jsonb_array_elements(data->'packed') x"));
        Assert.Equal(boxes + 1, await world.CountAsync("inbox where endpoint = 'order-saga'"));
        Assert.Equal(boxes + 1, await world.ScalarAsync<int>("select version from saga_state"));
        Assert.Equal(boxes, (await world.EventsAsync(order)).Count(e => e.Data is OrderShipped));
        Assert.Null(await world.Rabbit.MessageCountAsync("order-saga_error"));
    }

    [Fact]
    public async Task a_state_that_somebody_else_changed_is_read_again()
    {
        await using var world = await ShopWorld.CreateAsync();
        await world.StartAsync(Saga);
        var order = Guid.NewGuid();
        await world.AppendAsync(order, new OrderPlaced(order, "Ada", 250), new ItemPacked(order, 1));
        await Eventually.TrueAsync(async () => await world.CountAsync("saga_state where version = 2") == 1, ShopWorld.Bound, "the first box");

        // another process: this one remembers version 2
        await world.ScalarAsync<object>(
            """update saga_state set version = 3, data = jsonb_set(data, '{packed}', '[1, 99]'); select 1::bigint""");
        await world.AppendAsync(order, new ItemPacked(order, 2));
        await Eventually.TrueAsync(async () => await world.CountAsync("saga_state where version = 4") == 1, ShopWorld.Bound, "the second box");

        Assert.Equal("[1, 99, 2]", await world.ScalarAsync<string>("select (data->'packed')::text from saga_state"));
        Assert.Equal(2, (await world.EventsAsync(order)).Count(e => e.Data is OrderShipped));
        Assert.Null(await world.Rabbit.MessageCountAsync("order-saga_error"));
    }

    [Fact]
    public async Task a_duplicate_for_a_saga_has_no_effect()
    {
        await using var world = await ShopWorld.CreateAsync();
        var host = await world.StartAsync(Saga);
        var order = Guid.NewGuid();
        await world.AppendAsync(order, new OrderPlaced(order, "Ada", 250), new ItemPacked(order, 1));
        await Eventually.TrueAsync(async () => await world.CountAsync("saga_state where version = 2") == 1, ShopWorld.Bound, "the first box");

        var packed = (await world.EventsAsync(order))[1];
        for (var i = 0; i < 3; i++)
            await host.Bus.Publish(packed.Data, packed.EventType, new EventPublishPipe(packed));
        await world.AppendAsync(order, new ItemPacked(order, 2));
        await Eventually.TrueAsync(async () => await world.CountAsync("saga_state where version = 3") == 1, ShopWorld.Bound, "the second box");

        Assert.Equal("[1, 2]", await world.ScalarAsync<string>("select (data->'packed')::text from saga_state"));
        Assert.Equal(2, (await world.EventsAsync(order)).Count(e => e.Data is OrderShipped));
        Assert.Null(await world.Rabbit.MessageCountAsync("order-saga_error"));
    }
}
