using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using OptiInfra.Messaging.Tests.Shop;
using OptiInfra.Testing;

namespace OptiInfra.Messaging.Tests;

public sealed class a_range_of_events_is_sent_to_one_endpoint_again
{
    readonly Notebook notebook = new();

    [Fact]
    public async Task what_it_has_handled_it_passes_over_and_what_its_queue_lost_it_handles()
    {
        await using var world = await ShopWorld.CreateAsync();
        var host = await StartAsync(world, boxes: 3);
        var order = Guid.NewGuid();
        // the queue of one endpoint lost two events on the way
        await world.AppendAsync(order, new ItemPacked(order, 4), new ItemPacked(order, 5));
        await Eventually.TrueAsync(async () => await world.CountAsync("inbox") == 5, ShopWorld.Bound, "all five being handled");
        await ExecuteAsync(world, "delete from inbox where message_id in (select id from events where seq_id > 3)");

        var result = await Republisher(host).RepublishAsync(new(2, 5, "packing-list", "ana", ForgetInbox: false));
        Assert.Equal(new RepublishResult(Sent: 4, NotTaken: 0, Forgotten: 0), result);
        await Eventually.TrueAsync(() => notebook.Seen.Count == 7, ShopWorld.Bound, "the two");
        await Eventually.TrueAsync(async () => await world.Rabbit.MessageCountAsync("packing-list") == 0 && await world.CountAsync("inbox") == 5, ShopWorld.Bound, "the queue being empty");
        Assert.Equal([1, 2, 3, 4, 5, 4, 5], notebook.Seen.OfType<ItemPacked>().Select(p => p.Number));
    }

    [Fact]
    public async Task with_the_inbox_forgotten_it_handles_all_again_and_who_wanted_that_is_kept()
    {
        await using var world = await ShopWorld.CreateAsync();
        var host = await StartAsync(world, boxes: 3);
        await world.AppendAsync(Guid.NewGuid(), new CatalogPrinted(Guid.NewGuid()));

        var result = await Republisher(host).RepublishAsync(new(2, 4, "packing-list", "ana", ForgetInbox: true));
        Assert.Equal(new RepublishResult(Sent: 2, NotTaken: 1, Forgotten: 2), result);
        await Eventually.TrueAsync(() => notebook.Seen.Count == 5, ShopWorld.Bound, "two of them once more");
        Assert.Equal(1, await world.CountAsync(
            "relay_republish where requested_by = 'ana' and endpoint = 'packing-list' and from_sequence = 2 and to_sequence = 4 and forget_inbox and sent = 2 and forgotten = 2"));
        await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(world, "delete from relay_republish"));
        await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(world, "update relay_republish set requested_by = 'bob'"));
    }

    [Fact]
    public async Task an_endpoint_that_is_none_is_named_with_those_that_are()
    {
        await using var world = await ShopWorld.CreateAsync();
        var host = await StartAsync(world, boxes: 1);
        var refused = await Assert.ThrowsAsync<ArgumentException>(() => Republisher(host).RepublishAsync(new(1, 1, "packing-lists", "ana", ForgetInbox: false)));
        Assert.Contains("'packing-lists'; there are packing-list", refused.Message, StringComparison.Ordinal);
        Assert.Equal(0, await world.CountAsync("relay_republish"));
    }

    async Task<ShopHost> StartAsync(ShopWorld world, int boxes)
    {
        var host = await world.StartAsync(x => x.AddConsumer<PackingList>(), o => o.ConcurrentMessageLimit = 1, s => s.AddSingleton(notebook).AddEventRepublisher());
        var order = Guid.NewGuid();
        for (var i = 1; i <= boxes; i++)
            await world.AppendAsync(order, new ItemPacked(order, i));
        await Eventually.TrueAsync(() => notebook.Seen.Count == boxes, ShopWorld.Bound, "the boxes before");
        await Eventually.TrueAsync(async () => await world.CountAsync("inbox") == boxes, ShopWorld.Bound, "their inbox rows");
        return host;
    }

    static EventRepublisher Republisher(ShopHost host) => host.Services.GetRequiredService<EventRepublisher>();

    static async Task ExecuteAsync(ShopWorld world, string sql)
    {
        await using var connection = new NpgsqlConnection(world.Schema.OwnerConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
