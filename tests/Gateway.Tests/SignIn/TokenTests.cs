using System.Net;
using OptiInfra.Commands.Access;
using OptiInfra.Contracts.Access;
using OptiInfra.Testing;

namespace OptiInfra.Gateway.Tests.SignIn;

public sealed class TokenTests
{
    static readonly Uri Home = new("/", UriKind.Relative);

    static async Task<HttpStatusCode> AskAsync(GatewayFixture gateway, string token)
    {
        using var client = gateway.NewClient(token);
        using var answer = await client.GetAsync(Home);
        return answer.StatusCode;
    }

    [Fact]
    public async Task a_token_that_is_revoked_in_one_process_is_refused_by_the_next_request_in_another()
    {
        await using var one = await GatewayFixture.StartAsync();
        await using var other = await GatewayFixture.StartAsync(_ => { }, beside: one);
        var issued = await one.IssueAsync("kim", [Role.Viewer], ["default"]);
        Assert.Equal(HttpStatusCode.OK, await AskAsync(other, issued.Text));
        await one.Tokens.RevokeAsync(issued.Token.Id, "ada", "left");
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(other, issued.Text));
        await one.Tokens.RevokeAsync(issued.Token.Id, "ada", "left");
        Assert.Equal("left", Assert.Single(await one.EventsAsync<TokenRevoked>()).Reason);
    }

    [Fact]
    public async Task a_token_is_good_until_its_last_moment()
    {
        var clock = new ManualTimeProvider(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
        await using var gateway = await GatewayFixture.StartAsync(_ => { }, clock);
        var issued = await gateway.IssueAsync("kim", [Role.Viewer], ["default"], TimeSpan.FromHours(1));
        clock.Advance(TimeSpan.FromHours(1) - TimeSpan.FromMilliseconds(1));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(gateway, issued.Text));
        clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(gateway, issued.Text));
    }

    [Fact]
    public async Task a_wrong_secret_a_strangers_id_and_no_token_at_all_get_the_same_answer()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var issued = await gateway.IssueAsync("kim", [Role.Viewer], ["default"]);
        var flipped = issued.Text[..^1] + (issued.Text[^1] == 'A' ? 'B' : 'A');
        List<string> answers = [];
        foreach (var token in (string[])[flipped, TokenSecret.Create(Guid.NewGuid()).Text, "oi_short", "nothing of ours"])
        {
            using var client = gateway.NewClient(token);
            using var answer = await client.GetAsync(Home);
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
            Assert.Contains("Bearer", answer.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
            answers.Add(await answer.Content.ReadAsStringAsync());
        }

        Assert.Single(answers.Distinct());
    }

    [Fact]
    public async Task a_key_cannot_be_exchanged_for_a_session()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var issued = await gateway.IssueAsync("kim", [Role.Viewer], ["default"]);
        Assert.Equal("not_one_time", Assert.IsType<TokenOutcome.Refused>(await gateway.Tokens.ExchangeAsync(issued.Text, TimeSpan.FromHours(1), null)).Code);
    }

    [Fact]
    public async Task the_last_use_is_noted_sparsely()
    {
        var clock = new ManualTimeProvider(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
        await using var gateway = await GatewayFixture.StartAsync(_ => { }, clock);
        var issued = await gateway.IssueAsync("kim", [Role.Viewer], ["default"]);
        var first = clock.GetUtcNow();
        await AskAsync(gateway, issued.Text);
        clock.Advance(TimeSpan.FromMinutes(4));
        await AskAsync(gateway, issued.Text);
        Assert.Equal(first, (await gateway.Tokens.UsesAsync())[issued.Token.Id]);
        clock.Advance(TimeSpan.FromMinutes(1));
        await AskAsync(gateway, issued.Text);
        Assert.Equal(first + TimeSpan.FromMinutes(5), (await gateway.Tokens.UsesAsync())[issued.Token.Id]);
    }

    [Fact]
    public async Task signing_out_ends_the_token()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var issued = await gateway.IssueAsync("kim", [Role.Viewer], ["default"], kind: TokenKind.Session);
        using var client = gateway.NewClient(issued.Text);
        Assert.Equal(HttpStatusCode.NoContent, (await client.PostAsync(new Uri("/signout", UriKind.Relative), null)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(gateway, issued.Text));
    }
}
