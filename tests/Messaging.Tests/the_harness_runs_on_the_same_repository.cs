using MassTransit;
using MassTransit.Testing;
using Microsoft.Extensions.DependencyInjection;
using OptiInfra.EventStore;
using OptiInfra.Messaging.Tests.Shop;
using OptiInfra.Testing;

namespace OptiInfra.Messaging.Tests;

public sealed class the_harness_runs_on_the_same_repository
{
    [Fact]
    public async Task saga_inbox_session_and_timers_without_a_broker()
    {
        var clock = new ManualTimeProvider();
        await using var world = await ShopWorld.CreateAsync(clock);
        await using var provider = new ServiceCollection()
            .AddSingleton<IDocumentStore>(_ => world.CreateStore())
            .AddMassTransitTestHarness(x =>
            {
                x.AddMessagingPersistence();
                x.AddSagaStateMachine<OrderStateMachine, OrderState, OrderSagaDefinition>();
            })
            .AddEventRelay()
            .BuildServiceProvider(validateScopes: true);
        var harness = provider.GetTestHarness();
        await harness.Start();
        var saga = harness.GetSagaStateMachineHarness<OrderStateMachine, OrderState>();
        var order = Guid.NewGuid();

        await harness.Bus.Publish(new OrderPlaced(order, "Ada", 250));
        Assert.NotNull(await saga.Exists(order, x => x.Open));
        await harness.Bus.Publish(new ItemPacked(order, 3));
        await Eventually.TrueAsync(async () => (await world.EventsAsync(order)).Count == 1, ShopWorld.Bound, "the activity's event");
        Assert.Equal(2, await world.CountAsync("inbox where endpoint = 'order-saga'"));

        // what is stored reaches the saga through the relay
        await world.AppendAsync(order, new ItemPacked(order, 4));
        await Eventually.TrueAsync(async () => await world.ScalarAsync<string>("select (data->'packed')::text from saga_state") == "[3, 4]", ShopWorld.Bound, "the relayed box");

        clock.Advance(TimeSpan.FromMinutes(6));
        await Eventually.TrueAsync(async () => await world.SagaStateAsync(order) == "Overran", ShopWorld.Bound, "the timeout");
        await harness.Stop();
    }
}
