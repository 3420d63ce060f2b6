using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using OptiInfra.Messaging.Tests.Shop;
using OptiInfra.Testing;

namespace OptiInfra.Messaging.Tests;

public sealed class names_in_the_management_page
{
    [Fact]
    public async Task queues_are_named_after_definition_or_consumer_and_exchanges_after_events()
    {
        await using var world = await ShopWorld.CreateAsync();
        await world.StartAsync(
            x =>
            {
                x.AddSagaStateMachine<OrderStateMachine, OrderState, OrderSagaDefinition>();
                x.AddConsumer<PackingAgent>();
            },
            services: s => s.AddSingleton<Notebook>());

        Assert.Equal(["order-saga", "packing-agent"], await QueuesAsync(world));
        var exchanges = await world.Rabbit.ExchangesAsync();
        Assert.Superset(
            new HashSet<string>(["order-placed", "item-packed", "payment-taken", "order-shipped", "order-closed", "order-saga", "packing-agent"], StringComparer.Ordinal),
            exchanges.ToHashSet(StringComparer.Ordinal));
        Assert.Equal(["order-saga", "packing-agent"], await world.Rabbit.BoundToAsync("order-placed"));
        Assert.DoesNotContain(exchanges, name => name.Contains(':', StringComparison.Ordinal));
    }

    [Fact]
    public async Task an_event_that_nobody_consumes_has_its_exchange()
    {
        await using var world = await ShopWorld.CreateAsync();
        await world.StartAsync(_ => { });

        Assert.Contains("catalog-printed", await world.Rabbit.ExchangesAsync());
    }

    [Fact]
    public async Task two_handlers_of_one_message_at_one_endpoint_are_refused()
    {
        await using var world = await ShopWorld.CreateAsync();
        var host = world.Build(
            x =>
            {
                x.AddConsumer<PackingAgent>().Endpoint(e => e.Name = "shared");
                x.AddConsumer<ReminderAgent>().Endpoint(e => e.Name = "shared");
            },
            services: s => s.AddSingleton<Notebook>());

        var refusal = await Assert.ThrowsAnyAsync<Exception>(host.StartAsync);
        Assert.Contains("endpoint of its own", refusal.ToString(), StringComparison.Ordinal);
    }

    /// <summary>Without the bus's own temporary queue.</summary>
    static async Task<IEnumerable<string>> QueuesAsync(ShopWorld world) =>
        (await world.Rabbit.QueuesAsync()).Where(q => !q.Contains("_bus_", StringComparison.Ordinal));
}
