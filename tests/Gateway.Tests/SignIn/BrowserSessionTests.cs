using System.Net;
using OptiInfra.Contracts.Access;

namespace OptiInfra.Gateway.Tests.SignIn;

public sealed class BrowserSessionTests
{
    static async Task<HttpResponseMessage> SendAsync(GatewayFixture gateway, HttpMethod method, string path, string? cookie, FormUrlEncodedContent? form = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative)) { Content = form };
        if (cookie is not null)
            request.Headers.Add("Cookie", cookie);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return await gateway.Anonymous.SendAsync(request);
    }

    static string Origin(GatewayFixture gateway) => gateway.Url.GetLeftPart(UriPartial.Authority);

    static FormUrlEncodedContent Form(string token, string returnUrl = "/") => new([new("token", token), new("returnUrl", returnUrl)]);

    static async Task<string> CookieAsync(GatewayFixture gateway)
    {
        var issued = await gateway.IssueAsync("kim", [Role.Viewer], ["default"], kind: TokenKind.OneTime);
        using var answer = await SendAsync(gateway, HttpMethod.Post, "/signin", null, Form(issued.Text), ("Sec-Fetch-Site", "same-origin"));
        return Assert.Single(answer.Headers.GetValues("Set-Cookie")).Split(';')[0];
    }

    [Fact]
    public async Task who_opens_a_page_is_led_to_sign_in_and_back()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        using var led = await SendAsync(gateway, HttpMethod.Get, "/migrations/0199a000-0000-7000-8000-000000000000?customer=a%26b", null, null, ("Accept", "text/html"));
        Assert.Equal(HttpStatusCode.Redirect, led.StatusCode);
        Assert.Equal("/signin?returnUrl=%2Fmigrations%2F0199a000-0000-7000-8000-000000000000%3Fcustomer%3Da%2526b", led.Headers.Location!.ToString());
        using var page = await SendAsync(gateway, HttpMethod.Get, led.Headers.Location.ToString(), null);
        Assert.Contains("value=\"/migrations/0199a000-0000-7000-8000-000000000000?customer=a%26b\"", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        var issued = await gateway.IssueAsync("kim", [Role.Viewer], ["default"], kind: TokenKind.OneTime);
        using var signedIn = await SendAsync(gateway, HttpMethod.Post, "/signin", null, Form(issued.Text, "/migrations/x"), ("Origin", Origin(gateway)));
        Assert.Equal(HttpStatusCode.SeeOther, signedIn.StatusCode);
        Assert.Equal("/migrations/x", signedIn.Headers.Location!.ToString());
        var cookie = Assert.Single(signedIn.Headers.GetValues("Set-Cookie"));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=lax", cookie, StringComparison.OrdinalIgnoreCase);
        using var home = await SendAsync(gateway, HttpMethod.Get, "/", cookie.Split(';')[0]);
        Assert.Equal(HttpStatusCode.OK, home.StatusCode);
        Assert.Contains("Signed in as kim", await home.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://evil.example")]
    [InlineData("//evil.example")]
    [InlineData("/\\evil.example")]
    [InlineData("")]
    public async Task nobody_is_led_to_another_site(string returnUrl)
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var issued = await gateway.IssueAsync("kim", [Role.Viewer], ["default"], kind: TokenKind.OneTime);
        using var answer = await SendAsync(gateway, HttpMethod.Post, "/signin", null, Form(issued.Text, returnUrl), ("Sec-Fetch-Site", "same-origin"));
        Assert.Equal("/", answer.Headers.Location!.ToString());
    }

    [Fact]
    public async Task a_change_that_another_site_may_have_sent_is_refused_and_denied_by_name()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var cookie = await CookieAsync(gateway);
        foreach (var header in ((string, string)[])[("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site"), ("Origin", "https://evil.example"), ("Origin", "null"), ("X-Nothing", "at all")])
        {
            using var refused = await SendAsync(gateway, HttpMethod.Post, "/signout", cookie, null, header);
            Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        }

        Assert.NotEmpty(gateway.Logged.Having("key:kim was denied"));
        using var own = await SendAsync(gateway, HttpMethod.Post, "/signout", cookie, null, ("Origin", Origin(gateway)));
        Assert.Equal(HttpStatusCode.SeeOther, own.StatusCode);
        using var after = await SendAsync(gateway, HttpMethod.Get, "/", cookie);
        Assert.Equal(HttpStatusCode.Unauthorized, after.StatusCode);
    }

    [Fact]
    public async Task another_site_cannot_sign_a_person_in_as_somebody_else()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var issued = await gateway.IssueAsync("mallory", [Role.Viewer], ["default"], kind: TokenKind.OneTime);
        using var refused = await SendAsync(gateway, HttpMethod.Post, "/signin", null, Form(issued.Text), ("Sec-Fetch-Site", "cross-site"), ("Origin", "https://evil.example"));
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.False(refused.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task a_bearer_token_needs_no_origin_and_stands_before_a_cookie()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var cookie = await CookieAsync(gateway);
        var key = await gateway.IssueAsync("robot", [Role.Viewer], ["default"]);
        using var answer = await SendAsync(gateway, HttpMethod.Post, "/signout", cookie, null, ("Authorization", $"Bearer {key.Text}"));
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        using var person = await SendAsync(gateway, HttpMethod.Get, "/", cookie);
        Assert.Equal(HttpStatusCode.OK, person.StatusCode);
    }
}
