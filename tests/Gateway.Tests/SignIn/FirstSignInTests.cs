using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using OptiInfra.Contracts.Access;
using OptiInfra.Gateway.SignIn;
using OptiInfra.Testing;

namespace OptiInfra.Gateway.Tests.SignIn;

public sealed class FirstSignInTests
{
    static readonly Uri SignIn = new("/signin", UriKind.Relative);

    static string FirstToken(GatewayFixture gateway) => gateway.Services.GetRequiredService<FirstSignIn>().Link!.Split('#')[1];

    static Task<HttpResponseMessage> ExchangeAsync(GatewayFixture gateway, string token) => gateway.Anonymous.PostAsJsonAsync(SignIn, new { token });

    [Fact]
    public async Task the_first_run_says_in_one_line_where_to_sign_in_and_keeps_no_secret()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var line = Assert.Single(gateway.Logged.Having("Sign in as admin"));
        Assert.Contains($"once, within 24 h: {gateway.Url.GetLeftPart(UriPartial.Authority)}/signin#oi_", line, StringComparison.Ordinal);
        var secret = FirstToken(gateway);
        foreach (var e in (await gateway.Store.Log.ReadAsync(0, 100)).Events)
            Assert.DoesNotContain(secret[^40..], JsonSerializer.Serialize(e.Data), StringComparison.Ordinal);
    }

    [Fact]
    public async Task the_token_gives_one_session_and_then_nothing()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        using var given = await ExchangeAsync(gateway, FirstToken(gateway));
        Assert.Equal(HttpStatusCode.OK, given.StatusCode);
        using var json = JsonDocument.Parse(await given.Content.ReadAsStringAsync());
        Assert.Equal("admin", json.RootElement.GetProperty("roles")[0].GetString());

        using var person = gateway.NewClient(json.RootElement.GetProperty("token").GetString());
        Assert.Equal(HttpStatusCode.OK, (await person.GetAsync(new Uri("/", UriKind.Relative))).StatusCode);
        using var again = await ExchangeAsync(gateway, FirstToken(gateway));
        Assert.Equal(HttpStatusCode.Unauthorized, again.StatusCode);
        // nor is it a key by itself
        using var direct = gateway.NewClient(FirstToken(gateway));
        Assert.Equal(HttpStatusCode.Unauthorized, (await direct.GetAsync(new Uri("/", UriKind.Relative))).StatusCode);
        Assert.Equal("one_time_token", Assert.Single(await gateway.EventsAsync<SignedIn>()).Method);
        Assert.Single(await gateway.EventsAsync<TokenExchanged>());
    }

    [Fact]
    public async Task of_many_who_bring_the_token_at_once_one_gets_a_session()
    {
        await using var gateway = await GatewayFixture.StartAsync(o => o.Limits.FailedSignInsPerMinute = 100);
        var token = FirstToken(gateway);
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => ExchangeAsync(gateway, token)));
        Assert.Single(answers, a => a.StatusCode == HttpStatusCode.OK);
        Assert.Single(await gateway.EventsAsync<SignedIn>());
    }

    [Fact]
    public async Task after_a_day_the_token_is_worth_nothing_and_the_next_start_makes_another()
    {
        var clock = new ManualTimeProvider(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
        await using var gateway = await GatewayFixture.StartAsync(_ => { }, clock);
        clock.Advance(TimeSpan.FromHours(24));
        using var late = await ExchangeAsync(gateway, FirstToken(gateway));
        Assert.Equal(HttpStatusCode.Unauthorized, late.StatusCode);
        clock.Advance(TimeSpan.FromDays(1));
        await using var restarted = await GatewayFixture.StartAsync(_ => { }, clock, beside: gateway);
        using var given = await ExchangeAsync(restarted, FirstToken(restarted));
        Assert.Equal(HttpStatusCode.OK, given.StatusCode);
    }

    [Fact]
    public async Task where_an_admin_can_sign_in_already_nothing_is_printed()
    {
        await using var first = await GatewayFixture.StartAsync();
        await using var second = await GatewayFixture.StartAsync(_ => { }, beside: first);
        Assert.Null(second.Services.GetRequiredService<FirstSignIn>().Link);
        Assert.Empty(second.Logged.Having("Sign in as admin"));
    }
}
