using MassTransit;
using OptiInfra.Messaging.Tests.Shop;
using OptiInfra.Testing;

namespace OptiInfra.Messaging.Tests;

public sealed class messages_of_many_sagas_share_commits
{
    const int Orders = 30;
    const int Boxes = 6;

    static void Saga(IBusRegistrationConfigurator x) => x.AddSagaStateMachine<OrderStateMachine, OrderState, OrderSagaDefinition>();

    [Fact]
    public async Task each_message_has_its_effect_once_also_where_duplicates_and_stale_states_are_among_them()
    {
        await using var world = await ShopWorld.CreateAsync();
        var orders = Enumerable.Range(0, Orders).Select(_ => Guid.NewGuid()).ToArray();
        await Task.WhenAll(orders.Select(o => world.AppendAsync(o, new OrderPlaced(o, "Ada", 250))));
        var first = await world.StartAsync(Saga);
        await Eventually.TrueAsync(async () => await world.CountAsync("saga_state where current_state = 'Open'") == Orders, ShopWorld.Bound, "all orders being open");
        await using (await world.StartAsync(Saga))
        {
            // a stream for each box, so that the relay does not keep those of one order apart
            await Task.WhenAll(orders.SelectMany(o => Enumerable.Range(1, Boxes).Select(async box =>
            {
                var stream = Guid.NewGuid();
                await world.AppendAsync(stream, new ItemPacked(o, box));
                if (box != 1)
                    return;
                var packed = (await world.EventsAsync(stream))[0];
                for (var again = 0; again < 2; again++)
                    await first.Bus.Publish(packed.Data, packed.EventType, new EventPublishPipe(packed));
            })));
            await Eventually.TrueAsync(async () => await PackedAsync(world) == Orders * Boxes, ShopWorld.Bound * 2, "all boxes being packed");
            await Eventually.TrueAsync(async () => await world.Rabbit.MessageCountAsync("order-saga") == 0, ShopWorld.Bound, "an empty queue");
        }

        Assert.Equal(Orders * Boxes, await world.ScalarAsync<long>("select count(distinct (correlation_id, x)) from saga_state, jsonb_array_elements(data->'packed') x"));
        Assert.Equal(Orders * (Boxes + 1), await world.CountAsync("inbox where endpoint = 'order-saga'"));
        Assert.Equal(Orders, await world.CountAsync($"saga_state where version = {Boxes + 1}"));
        foreach (var order in orders)
            Assert.Equal(Boxes, (await world.EventsAsync(order)).Count(e => e.Data is OrderShipped));
        Assert.Null(await world.Rabbit.MessageCountAsync("order-saga_error"));
        Assert.True(await world.ScalarAsync<long>("select count(distinct xmin::text) from inbox") < Orders * (Boxes + 1), "no two messages shared a commit");
        Assert.True((await world.Store.VerifyAsync()).IsIntact);
    }

    [Fact]
    public async Task the_first_stale_state_is_the_last_one_that_is_guessed()
    {
        await using var world = await ShopWorld.CreateAsync();
        var host = await world.StartAsync(Saga);
        var orders = Enumerable.Range(0, Orders).Select(_ => Guid.NewGuid()).ToArray();
        await Task.WhenAll(orders.Select(o => world.AppendAsync(o, new OrderPlaced(o, "Ada", 250))));
        await Eventually.TrueAsync(async () => await world.CountAsync("saga_state where current_state = 'Open'") == Orders, ShopWorld.Bound, "all orders being open");
        // what the messages that another process handles leave
        await world.ScalarAsync<int>("with handled as (update saga_state set version = version + 1 returning version) select max(version) from handled");

        foreach (var order in orders)
        {
            await world.AppendAsync(order, new ItemPacked(order, 1));
            if (order == orders[0])
                await Eventually.TrueAsync(async () => await PackedAsync(world) == 1, ShopWorld.Bound, "the first box being packed");
        }

        await Eventually.TrueAsync(async () => await PackedAsync(world) == Orders, ShopWorld.Bound, "all boxes being packed");
        Assert.Single(host.Logs.Entries, e => e.Text.Contains("is read again", StringComparison.Ordinal));
    }

    static Task<long> PackedAsync(ShopWorld world) => world.ScalarAsync<long>("select coalesce(sum(jsonb_array_length(data->'packed')), 0)::bigint from saga_state");
}
