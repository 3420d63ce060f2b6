using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using OptiInfra.Messaging.Tests.Shop;
using OptiInfra.Testing;

namespace OptiInfra.Messaging.Tests;

public sealed class processes_with_parts_of_the_work
{
    readonly Notebook notebook = new();

    void Everything(IBusRegistrationConfigurator x)
    {
        x.AddSagaStateMachine<OrderStateMachine, OrderState, OrderSagaDefinition>();
        x.AddConsumer<PackingList>();
    }

    [Fact]
    public async Task what_the_relay_publishes_before_a_consumer_has_ever_started_waits_for_it()
    {
        await using var world = await ShopWorld.CreateAsync();
        var relay = await world.StartAsync(Everything, o => o.RunsHere = _ => false, Notes);
        var order = Guid.NewGuid();
        await world.AppendAsync(order, new OrderPlaced(order, "Ada", 250), new ItemPacked(order, 1));
        await Eventually.TrueAsync(() => relay.Relay.Published == 2, ShopWorld.Bound, "both events being published");
        Assert.Empty(notebook.Seen);
        Assert.Equal(2, await world.Rabbit.MessageCountAsync("order-saga"));

        await world.StartAsync(Everything, o => (o.RunsHere, o.RunRelay) = (type => type == typeof(OrderState), false), Notes);
        await Eventually.TrueAsync(async () => await world.SagaStateAsync(order) == "Open", ShopWorld.Bound, "the saga");
        Assert.Empty(notebook.Seen);
        Assert.Equal(1, await world.Rabbit.MessageCountAsync("packing-list"));

        await world.StartAsync(Everything, o => (o.RunsHere, o.RunRelay) = (type => type == typeof(PackingList), false), Notes);
        await Eventually.TrueAsync(() => notebook.Seen.Count == 1, ShopWorld.Bound, "the box");
    }

    void Notes(IServiceCollection services) => services.AddSingleton(notebook);
}
