using System.Collections.Concurrent;
using System.Diagnostics;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using OptiInfra.EventStore;
using OptiInfra.Messaging.Tests.Shop;
using OptiInfra.Testing;

namespace OptiInfra.Messaging.Tests;

public sealed class what_belongs_together_is_one_trace : IDisposable
{
    readonly Notebook notebook = new();
    readonly ConcurrentQueue<Activity> ended = [];
    readonly ActivityListener listener;

    public what_belongs_together_is_one_trace()
    {
        listener = new()
        {
            ShouldListenTo = source => source.Name is "MassTransit" or RelayInstruments.Name or EventStoreInstruments.MeterName,
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = ended.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
    }

    public void Dispose() => listener.Dispose();

    [Fact]
    public async Task from_the_append_through_the_relay_to_two_endpoints_and_what_they_append()
    {
        await using var world = await ShopWorld.CreateAsync();
        await world.StartAsync(
            x =>
            {
                x.AddSagaStateMachine<OrderStateMachine, OrderState, OrderSagaDefinition>();
                x.AddConsumer<PackingAgent>();
                x.AddConsumer<PackingList>();
            },
            services: s => s.AddSingleton(notebook));
        using var request = new Activity("a person asks").SetIdFormat(ActivityIdFormat.W3C).Start();
        var trace = request.TraceId;
        var order = Guid.NewGuid();
        await world.AppendAsync(order, new OrderPlaced(order, "Ada", 250));
        request.Stop();
        // the packing agent's answer goes the same way once more
        await Eventually.TrueAsync(() => notebook.Times<ItemPacked>() == 1, ShopWorld.Bound, "the box on the list");
        foreach (var name in (string[])["append", "publish order_placed", "packing-agent receive", "order-saga receive", "publish item_packed", "packing-list process"])
            await Eventually.TrueAsync(() => Names().Contains(name), ShopWorld.Bound, $"the span '{name}'");
        var appended = Assert.Single(await world.EventsAsync(order), e => e.Data is ItemPacked);
        Assert.StartsWith($"00-{trace.ToHexString()}-", appended.TraceParent, StringComparison.Ordinal);
        var publish = Assert.Single(ended, a => a.TraceId == trace && a.OperationName == "publish item_packed");
        Assert.Contains(ended, a => a.SpanId == publish.ParentSpanId);

        List<string> Names() => [.. ended.Where(a => a.TraceId == trace).Select(a => a.OperationName)];
    }
}
