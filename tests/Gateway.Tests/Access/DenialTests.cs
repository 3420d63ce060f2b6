using OptiInfra.Contracts.Access;
using OptiInfra.Testing;

namespace OptiInfra.Gateway.Tests.Access;

public sealed class DenialTests
{
    static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task a_denial_is_logged_and_written_with_its_actor_and_many_equal_ones_are_counted()
    {
        var clock = new ManualTimeProvider(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
        await using var gateway = await GatewayFixture.StartAsync(_ => { }, clock);
        var issued = await gateway.IssueAsync("kim", [Role.Viewer], ["acme"]);
        using var client = gateway.NewClient(issued.Text);
        var elsewhere = new Uri("/?customer=globex", UriKind.Relative);

        await client.GetAsync(elsewhere);
        await Eventually.TrueAsync(async () => (await gateway.EventsAsync<AccessDenied>()).Count == 1, Bound, "the first denial to be written");
        for (var i = 0; i < 20; i++)
            await client.GetAsync(elsewhere);
        clock.Advance(TimeSpan.FromMinutes(1));
        await Eventually.TrueAsync(async () => (await gateway.EventsAsync<AccessDenied>()).Count == 2, Bound, "the others to be written as one");

        var denied = await gateway.EventsAsync<AccessDenied>();
        Assert.Equal([1, 20], denied.Select(d => d.Count));
        Assert.All(denied, d => Assert.Equal(("key:kim", issued.Token.Id, "Page.migrations", "not_your_customer"), (d.Actor, d.TokenId!.Value, d.Operation, d.Code)));
        Assert.Equal(21, gateway.Logged.Having("key:kim was denied Page.migrations (not_your_customer)").Count);
        var stored = (await gateway.Store.Log.ReadAsync(0, 100)).Events.Where(e => e.Data is AccessDenied).ToList();
        Assert.All(stored, e => Assert.Equal(("key:kim", CustomerNames.Access), (e.Actor, e.TenantId)));
    }

    [Fact]
    public async Task what_was_counted_is_written_when_the_gateway_stops()
    {
        await using var other = await GatewayFixture.StartAsync();
        await using (var gateway = await GatewayFixture.StartAsync(_ => { }, beside: other))
        {
            using var stranger = gateway.NewClient("oi_wrong");
            for (var i = 0; i < 5; i++)
                await stranger.GetAsync(new Uri("/", UriKind.Relative));
        }

        var denied = await other.EventsAsync<AccessDenied>();
        Assert.Equal(5, denied.Sum(d => d.Count));
        Assert.All(denied, d => Assert.StartsWith("address ", d.Actor, StringComparison.Ordinal));
    }
}
