using System.Text.Json;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using OptiInfra.Messaging.Tests.Shop;
using OptiInfra.Testing;

namespace OptiInfra.Messaging.Tests;

public sealed class only_events_travel
{
    readonly Notebook notebook = new();

    [Fact]
    public async Task a_message_carries_the_json_of_the_store()
    {
        await using var world = await ShopWorld.CreateAsync();
        await using (var consumer = await world.StartAsync(x => x.AddConsumer<PackingAgent>(), services: s => s.AddSingleton(notebook)))
        {
        }

        await world.StartAsync(_ => { });
        var order = Guid.NewGuid();
        await world.AppendAsync(order, new OrderPlaced(order, "Ada", 250.5m));
        await Eventually.TrueAsync(async () => await world.Rabbit.MessageCountAsync("packing-agent") == 1, ShopWorld.Bound, "the message");

        var message = (await world.Rabbit.TakeAsync("packing-agent"))!;
        using var envelope = JsonDocument.Parse(message.Body);
        var stored = await world.ScalarAsync<string>("select data::text from events");
        Assert.True(JsonElement.DeepEquals(JsonDocument.Parse(stored).RootElement, envelope.RootElement.GetProperty("message")), message.Body);
        Assert.Equal(JsonValueKind.Number, envelope.RootElement.GetProperty("message").GetProperty("amountUsd").ValueKind);
        Assert.Equal((await world.EventsAsync(order))[0].Id, Guid.Parse(message.MessageId!));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task a_consumer_that_publishes_or_sends_itself_is_told_what_to_do_instead(bool publish)
    {
        await using var world = await ShopWorld.CreateAsync();
        var order = Guid.NewGuid();
        notebook.Meanwhile = context => publish
            ? context.Publish(new OrderShipped(order))
            : context.Send(new Uri("exchange:order-shipped"), new OrderShipped(order));
        await world.StartAsync(x => x.AddConsumer<PackingAgent>(), services: s => s.AddSingleton(notebook));
        await world.AppendAsync(order, new OrderPlaced(order, "Ada", 250));
        await Eventually.TrueAsync(async () => await world.Rabbit.MessageCountAsync("packing-agent_error") == 1, ShopWorld.Bound, "the message in the error queue");

        Assert.Contains("context.Session()", (await world.Rabbit.TakeAsync("packing-agent_error"))!.Headers["MT-Fault-Message"], StringComparison.Ordinal);
    }
}
