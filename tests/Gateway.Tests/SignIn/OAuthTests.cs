using System.Net;
using System.Text.Json.Nodes;
using OptiInfra.Contracts.Access;
using OptiInfra.Gateway.SignIn.OAuth;
using OptiInfra.Testing;

namespace OptiInfra.Gateway.Tests.SignIn;

/// <summary>The whole flow over HTTP, with a provider that keeps to the protocol, and one that does not.</summary>
public sealed class OAuthTests : IAsyncLifetime
{
    IdentityProvider provider = null!;
    GatewayFixture gateway = null!;

    public async ValueTask InitializeAsync()
    {
        provider = await IdentityProvider.StartAsync();
        gateway = await StartGatewayAsync(Options());
    }

    public async ValueTask DisposeAsync()
    {
        await gateway.DisposeAsync();
        await provider.DisposeAsync();
    }

    OAuthOptions Options() => new()
    {
        Name = "Acme sign-in",
        Authority = provider.Url,
        ClientId = IdentityProvider.ClientId,
        ClientSecret = IdentityProvider.ClientSecret,
        RoleMap = new Dictionary<string, Role> { ["platform"] = Role.Operator, ["leads"] = Role.Approver },
        CustomersClaim = "orgs",
    };

    static async Task<GatewayFixture> StartGatewayAsync(OAuthOptions oauth)
    {
        var port = FreePort();
        return await GatewayFixture.StartAsync(o =>
        {
            o.Url = $"http://127.0.0.1:{port}";
            o.SignIn.OAuth = oauth;
            o.Limits.FailedSignInsPerMinute = 100;
        });
    }

    static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    static string CookiesOf(HttpResponseMessage answer) => string.Join("; ", answer.Headers.TryGetValues("Set-Cookie", out var set) ? set.Select(c => c.Split(';')[0]).Where(c => !c.EndsWith('=')) : []);

    async Task<HttpResponseMessage> GetAsync(Uri url, string cookies)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        if (cookies.Length > 0)
            request.Headers.Add("Cookie", cookies);
        return await gateway.Anonymous.SendAsync(request);
    }

    /// <summary>From the sign-in page to where the provider sends the browser back.</summary>
    async Task<(Uri Callback, string Cookies)> AtTheProviderAsync(string returnUrl = "/")
    {
        using var begun = await GetAsync(new Uri($"/signin/oauth?returnUrl={Uri.EscapeDataString(returnUrl)}", UriKind.Relative), "");
        Assert.Equal(HttpStatusCode.Redirect, begun.StatusCode);
        using var authorized = await gateway.Anonymous.GetAsync(begun.Headers.Location);
        Assert.Equal(HttpStatusCode.Redirect, authorized.StatusCode);
        return (authorized.Headers.Location!, CookiesOf(begun));
    }

    async Task<HttpResponseMessage> SignInAsync(string returnUrl = "/")
    {
        var (callback, cookies) = await AtTheProviderAsync(returnUrl);
        return await GetAsync(callback, cookies);
    }

    [Fact]
    public async Task a_person_whom_the_provider_knows_gets_a_session_with_the_mapped_roles_and_customers()
    {
        using var signedIn = await SignInAsync("/?customer=acme");
        Assert.Equal(HttpStatusCode.SeeOther, signedIn.StatusCode);
        Assert.Equal("/?customer=acme", signedIn.Headers.Location!.ToString());
        Assert.Equal(gateway.Url.GetLeftPart(UriPartial.Authority) + "/signin/oauth/callback", provider.LastRedirectUri!.ToString());
        using var home = await GetAsync(new Uri("/", UriKind.Relative), CookiesOf(signedIn));
        Assert.Contains("Spot migrations of acme", await home.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        var issued = Assert.Single(await gateway.EventsAsync<TokenIssued>(), t => t.Kind == TokenKind.Session);
        Assert.Equal($"{provider.Issuer}|u-17", issued.Subject);
        Assert.Equal("Ana", issued.Name);
        Assert.Equal([Role.Operator], issued.Roles);
        Assert.Equal(["acme"], issued.Customers);
        Assert.Equal($"oauth {provider.Issuer}", Assert.Single(await gateway.EventsAsync<SignedIn>()).Method);
    }

    [Fact]
    public async Task the_sign_in_page_offers_the_provider_and_no_first_token_is_printed()
    {
        Assert.Contains("Sign in with Acme sign-in", await gateway.Anonymous.GetStringAsync(new Uri("/signin", UriKind.Relative)), StringComparison.Ordinal);
        Assert.Empty(gateway.Logged.Having("Sign in as admin"));
    }

    public static TheoryData<string> Lies => ["another key", "no signature", "hmac", "another issuer", "another audience", "expired", "another nonce", "no nonce", "no id token", "another person's user info", "several audiences"];

    [Theory]
    [MemberData(nameof(Lies))]
    public async Task what_the_provider_cannot_prove_is_not_believed(string lie)
    {
        switch (lie)
        {
            case "another key": provider.SignWithAnotherKey = true; break;
            case "no signature": provider.Unsigned = true; break;
            case "hmac": provider.ByHmac = true; break;
            case "no id token": provider.WithoutIdToken = true; break;
            case "another issuer": provider.ChangeIdToken = t => t["iss"] = "https://evil.example"; break;
            case "another audience": provider.ChangeIdToken = t => t["aud"] = "somebody-else"; break;
            case "several audiences": provider.ChangeIdToken = t => t["aud"] = new JsonArray(IdentityProvider.ClientId, "somebody-else"); break;
            case "expired": provider.ChangeIdToken = t => t["exp"] = DateTimeOffset.UtcNow.AddMinutes(-2).ToUnixTimeSeconds(); break;
            case "another nonce": provider.ChangeIdToken = t => t["nonce"] = "of an earlier sign-in"; break;
            case "no nonce": provider.ChangeIdToken = t => t.Remove("nonce"); break;
            case "another person's user info": provider.ChangeUserInfo = u => u["sub"] = "u-18"; break;
            default: throw new ArgumentOutOfRangeException(nameof(lie));
        }

        using var answer = await SignInAsync();
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Empty(CookiesOf(answer));
        Assert.Contains("could not be believed", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty(await gateway.EventsAsync<SignedIn>());
        await Eventually.TrueAsync(
            async () => (await gateway.EventsAsync<AccessDenied>()).Any(d => d.Code == "provider_not_believed"), TimeSpan.FromSeconds(30), "the denial to be written");
    }

    [Fact]
    public async Task a_provider_that_changed_its_key_is_believed_by_the_new_one()
    {
        using var before = await SignInAsync();
        Assert.Equal(HttpStatusCode.SeeOther, before.StatusCode);
        provider.ChangeKey();
        using var after = await SignInAsync();
        Assert.Equal(HttpStatusCode.SeeOther, after.StatusCode);
    }

    [Fact]
    public async Task an_answer_is_good_once_and_only_in_the_browser_that_asked()
    {
        var (callback, cookies) = await AtTheProviderAsync();
        using var elsewhere = await GetAsync(callback, "");
        Assert.Equal(HttpStatusCode.BadRequest, elsewhere.StatusCode);
        var (_, othersCookies) = await AtTheProviderAsync();
        using var other = await GetAsync(callback, othersCookies);
        Assert.Equal(HttpStatusCode.BadRequest, other.StatusCode);
        using var own = await GetAsync(callback, cookies);
        Assert.Equal(HttpStatusCode.SeeOther, own.StatusCode);
        using var again = await GetAsync(callback, cookies);
        Assert.Equal(HttpStatusCode.BadRequest, again.StatusCode);
    }

    [Fact]
    public async Task a_state_that_nobody_asked_with_and_an_answer_of_another_issuer_are_refused()
    {
        var (callback, cookies) = await AtTheProviderAsync();
        var state = System.Web.HttpUtility.ParseQueryString(callback.Query)["state"]!;
        using var forged = await GetAsync(new Uri(callback.ToString().Replace(state, "made-up", StringComparison.Ordinal)), cookies);
        Assert.Equal(HttpStatusCode.BadRequest, forged.StatusCode);
        using var mixedUp = await GetAsync(new Uri(callback.ToString().Replace("iss=", "iss=https%3A%2F%2Fevil.example&was=", StringComparison.Ordinal)), cookies);
        Assert.Equal(HttpStatusCode.Forbidden, mixedUp.StatusCode);
    }

    [Theory]
    [InlineData("groups", "[\"everybody\"]", "has no role")]
    [InlineData("groups", "\"strangers\"", "has no role")]
    [InlineData("orgs", "[]", "has no customer")]
    [InlineData("orgs", "[\"*\"]", "has no customer")]
    [InlineData("orgs", "[\"$access\"]", "has no customer")]
    public async Task who_has_no_role_or_no_customer_here_cannot_sign_in(string claim, string value, string reason)
    {
        provider.Person[claim] = JsonNode.Parse(value);
        using var answer = await SignInAsync();
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Contains(reason, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task without_openid_the_user_info_says_who_it_is()
    {
        await gateway.DisposeAsync();
        gateway = await StartGatewayAsync(Options() with
        {
            Authority = null,
            Issuer = provider.Issuer,
            AuthorizationEndpoint = new Uri(provider.Url, "/authorize"),
            TokenEndpoint = new Uri(provider.Url, "/token"),
            UserInfoEndpoint = new Uri(provider.Url, "/userinfo"),
            Scopes = ["read:user"],
            RolesClaim = "realm.roles",
            CustomersClaim = null,
            Customers = ["globex"],
        });
        provider.WithoutIdToken = true;
        provider.Person["realm"] = new JsonObject { ["roles"] = "leads" };
        using var signedIn = await SignInAsync();
        Assert.Equal(HttpStatusCode.SeeOther, signedIn.StatusCode);
        var issued = Assert.Single(await gateway.EventsAsync<TokenIssued>(), t => t.Kind == TokenKind.Session);
        Assert.Equal([Role.Approver], issued.Roles);
        Assert.Equal(["globex"], issued.Customers);
    }

    [Fact]
    public void what_cannot_work_is_said_at_the_start()
    {
        Assert.Null(Options().Problem());
        Assert.Contains("AUTHORITY", (Options() with { Authority = null }).Problem(), StringComparison.Ordinal);
        Assert.Contains("ROLE_MAP", (Options() with { RoleMap = new Dictionary<string, Role>() }).Problem(), StringComparison.Ordinal);
        Assert.Contains("CUSTOMERS", (Options() with { CustomersClaim = null }).Problem(), StringComparison.Ordinal);
        Assert.Contains("USERINFO", (Options() with { Scopes = ["read:user"] }).Problem(), StringComparison.Ordinal);
        Assert.Contains("not https", (Options() with { Authority = new Uri("http://idp.example.com") }).Problem(), StringComparison.Ordinal);
    }
}
