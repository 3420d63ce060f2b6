using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using OptiInfra.EventStore;
using OptiInfra.Messaging.Tests.Shop;
using OptiInfra.Testing;

namespace OptiInfra.Messaging.Tests;

public sealed class order_within_a_stream
{
    readonly Notebook notebook = new();

    [Fact]
    public async Task a_saga_sees_the_events_of_its_stream_in_their_order_while_many_are_handled_at_once()
    {
        const int orders = 8, boxes = 60;
        await using var world = await ShopWorld.CreateAsync();
        await world.StartAsync(x => x.AddSagaStateMachine<OrderStateMachine, OrderState, OrderSagaDefinition>(), o => (o.PrefetchCount, o.ConcurrentMessageLimit) = (64, 32));
        await Parallel.ForEachAsync(Enumerable.Range(0, orders), async (_, _) =>
        {
            var order = Guid.NewGuid();
            await world.AppendAsync(order, [new OrderPlaced(order, "Ada", 250), .. Enumerable.Range(1, boxes).Select(i => new ItemPacked(order, i))]);
        });
        await Eventually.TrueAsync(
            async () => await world.CountAsync($"saga_state where jsonb_array_length(data->'packed') = {boxes}") == orders, ShopWorld.Bound * 2, "all boxes");

        var expected = $"[{string.Join(", ", Enumerable.Range(1, boxes))}]";
        Assert.Equal(orders, await world.CountAsync($"saga_state where (data->'packed')::text = '{expected}'"));
    }

    [Fact]
    public async Task a_consumer_that_asks_for_it_keeps_the_order_even_while_an_event_is_tried_again()
    {
        const int boxes = 40;
        await using var world = await ShopWorld.CreateAsync();
        var failed = 0;
        notebook.Meanwhile = context => context.EventMetadata()!.Version % 10 == 5 && Interlocked.Increment(ref failed) % 2 == 1
            ? throw new InvalidOperationException("not yet")
            : Task.CompletedTask;
        await world.StartAsync(x => x.AddConsumer<PackingList, OrderlyPackingList>(), services: s => s.AddSingleton(notebook));
        var order = Guid.NewGuid();
        await world.AppendAsync(order, [.. Enumerable.Range(1, boxes).Select(i => new ItemPacked(order, i))]);
        await Eventually.TrueAsync(async () => await world.CountAsync("inbox") == boxes, ShopWorld.Bound, "all boxes");

        // each of the four that failed once is seen twice, one right after the other
        Assert.Equal(boxes + 4, notebook.Seen.Count);
        var seen = notebook.Metadata.Select(m => m!.Version).ToList();
        Assert.Equal(seen.Order(), seen);
    }

    [Fact]
    public async Task deliveries_are_put_in_the_order_of_their_tags()
    {
        var sequence = new DeliverySequence();
        var seen = new List<ulong>();
        var random = new Random(7);
        // as 16 workers would hand them over: each a little out of order
        for (ulong start = 1; start < 2000; start += 16)
        {
            var tags = Enumerable.Range(0, 16).Select(i => start + (ulong)i).OrderBy(_ => random.Next()).ToList();
            await Task.WhenAll(tags.Select(tag => Task.Run(() => sequence.InOrderAsync("a", tag, () => seen.Add(tag)))));
        }

        Assert.Equal(seen.Order(), seen);
        // another channel begins anew, and a tag that never comes holds nobody for ever
        await sequence.InOrderAsync("b", 1, () => seen.Add(1));
        await sequence.InOrderAsync("b", 3, () => seen.Add(3)).WaitAsync(ShopWorld.Bound);
        Assert.Equal([1, 3], seen[^2..]);
    }

    sealed class OrderlyPackingList : ConsumerDefinition<PackingList>
    {
        protected override void ConfigureConsumer(
            IReceiveEndpointConfigurator endpointConfigurator, IConsumerConfigurator<PackingList> consumerConfigurator, IRegistrationContext context) =>
            endpointConfigurator.UseStreamOrder();
    }
}
