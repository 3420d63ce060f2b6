using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using OptiInfra.Messaging.Tests.Shop;
using OptiInfra.Testing;

namespace OptiInfra.Messaging.Tests;

public sealed class several_processes_share_the_work
{
    const int Orders = 150;
    readonly Notebook notebook = new();

    [Fact]
    public async Task each_event_has_its_effects_once_per_endpoint_though_processes_come_and_go()
    {
        await using var world = await ShopWorld.CreateAsync();
        var first = await StartAsync(world);
        await StartAsync(world);
        var orders = Enumerable.Range(0, Orders).Select(_ => Guid.NewGuid()).ToList();
        var appending = Parallel.ForEachAsync(
            orders, new ParallelOptions { MaxDegreeOfParallelism = 8 },
            async (order, _) => await world.AppendAsync(order, new OrderPlaced(order, "Ada", 50)));
        await Eventually.TrueAsync(async () => await world.CountAsync("events where type = 'item_packed'") > 20, ShopWorld.Bound, "some boxes");
        // one goes with messages in hand, another comes
        await first.DisposeAsync();
        await StartAsync(world);
        await appending;

        // the agent packs a box for each order, the saga takes order and box and ships it, the list takes the box
        await Eventually.TrueAsync(async () => await world.CountAsync("inbox") == Orders * 4, ShopWorld.Bound * 2, "every endpoint having handled every event");
        Assert.Equal(Orders, await world.CountAsync("events where type = 'item_packed'"));
        Assert.Equal(Orders, await world.CountAsync("inbox where endpoint = 'packing-list'"));
        Assert.Equal(Orders * 2, await world.CountAsync("inbox where endpoint = 'order-saga'"));
        Assert.Equal(Orders, await world.CountAsync("saga_state"));
        Assert.Equal(Orders, await world.CountAsync("saga_state where data->'packed' = '[1]'::jsonb"));
        foreach (var queue in (string[])["packing-agent", "packing-list", "order-saga"])
            Assert.Null(await world.Rabbit.MessageCountAsync($"{queue}_error"));
    }

    Task<ShopHost> StartAsync(ShopWorld world) => world.StartAsync(
        x =>
        {
            x.AddSagaStateMachine<OrderStateMachine, OrderState, OrderSagaDefinition>();
            x.AddConsumer<PackingAgent>();
            x.AddConsumer<PackingList>();
        },
        services: s => s.AddSingleton(notebook));
}
