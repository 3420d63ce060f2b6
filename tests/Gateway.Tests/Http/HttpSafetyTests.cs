using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using OptiInfra.Contracts.Access;
using OptiInfra.Gateway.Access;
using OptiInfra.Gateway.Http;

namespace OptiInfra.Gateway.Tests.Http;

public sealed class HttpSafetyTests
{
    static readonly Uri Home = new("/", UriKind.Relative);

    static async Task<HttpResponseMessage> SendAsync(HttpClient client, HttpMethod method, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return await client.SendAsync(request);
    }

    [Fact]
    public async Task each_token_has_its_own_share_of_requests()
    {
        await using var gateway = await GatewayFixture.StartAsync(o => (o.Limits.BurstPerToken, o.Limits.RequestsPerSecondPerToken) = (5, 1));
        using var greedy = gateway.NewClient((await gateway.IssueAsync("greedy", [Role.Viewer], ["acme"])).Text);
        using var modest = gateway.NewClient((await gateway.IssueAsync("modest", [Role.Viewer], ["acme"])).Text);
        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => greedy.GetAsync(Home)));
        var refused = answers.Where(a => a.StatusCode == HttpStatusCode.TooManyRequests).ToList();
        Assert.NotEmpty(refused);
        Assert.All(refused, a => Assert.True(a.Headers.RetryAfter!.Delta >= TimeSpan.FromSeconds(1)));
        Assert.Contains("rate_limited", await refused[0].Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await modest.GetAsync(Home)).StatusCode);
    }

    [Fact]
    public async Task who_guesses_tokens_is_soon_not_even_looked_up_and_others_at_the_address_go_on()
    {
        await using var gateway = await GatewayFixture.StartAsync(o => o.Limits.FailedSignInsPerMinute = 3);
        Assert.Equal(HttpStatusCode.OK, (await gateway.Client.GetAsync(Home)).StatusCode);
        using var guesser = gateway.NewClient("oi_wrong");
        List<HttpStatusCode> guesses = [];
        for (var i = 0; i < 6; i++)
            guesses.Add((await guesser.GetAsync(Home)).StatusCode);
        Assert.Equal([HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized, HttpStatusCode.TooManyRequests, HttpStatusCode.TooManyRequests, HttpStatusCode.TooManyRequests], guesses);
        using var signIn = await gateway.Anonymous.PostAsJsonAsync(new Uri("/signin", UriKind.Relative), new { token = "oi_wrong" });
        Assert.Equal(HttpStatusCode.TooManyRequests, signIn.StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await gateway.Client.GetAsync(Home)).StatusCode);
    }

    [Theory]
    [InlineData("192.0.2.7", "192.0.2.7")]
    [InlineData("::ffff:192.0.2.7", "192.0.2.7")]
    [InlineData("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::")]
    [InlineData("2001:db8:1:2:ffff::1", "2001:db8:1:2::")]
    public void an_address_is_counted_by_what_its_owner_cannot_change(string address, string counted) => Assert.Equal(counted, ClientAddress.Key(IPAddress.Parse(address)));

    [Fact]
    public async Task a_body_or_a_header_that_is_too_large_is_refused()
    {
        await using var gateway = await GatewayFixture.StartAsync(o => o.Limits.MaxRequestBodyBytes = 2048);
        using var body = new StringContent($$"""{"token":"{{new string('x', 3000)}}"}""", Encoding.UTF8, "application/json");
        using var large = await gateway.Anonymous.PostAsync(new Uri("/signin", UriKind.Relative), body);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, large.StatusCode);
        using var header = await SendAsync(gateway.Anonymous, HttpMethod.Get, "/signin", ("X-Long", new string('x', 20_000)));
        Assert.Equal(HttpStatusCode.RequestHeaderFieldsTooLarge, header.StatusCode);
    }

    [Fact]
    public async Task a_request_that_takes_too_long_is_given_up()
    {
        var never = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var gateway = await GatewayFixture.StartAsync(
            o => o.Limits.RequestTimeout = TimeSpan.FromMilliseconds(200),
            map: app => app.MapGet("/slow", async (HttpContext context) => await never.Task.WaitAsync(context.RequestAborted)));
        using var answer = await gateway.Client.GetAsync(new Uri("/slow", UriKind.Relative));
        Assert.Equal(HttpStatusCode.GatewayTimeout, answer.StatusCode);
    }

    [Fact]
    public async Task what_is_mapped_without_a_word_about_sign_in_needs_it()
    {
        await using var gateway = await GatewayFixture.StartAsync(_ => { }, map: app => app.MapGet("/secret", (HttpContext context) => context.RequiredCaller().Id));
        Assert.Equal(HttpStatusCode.Unauthorized, (await gateway.Anonymous.GetAsync(new Uri("/secret", UriKind.Relative))).StatusCode);
        Assert.Equal("key:ada", await gateway.Client.GetStringAsync(new Uri("/secret", UriKind.Relative)));
    }

    [Fact]
    public async Task other_sites_may_not_read_unless_they_are_named()
    {
        await using var closed = await GatewayFixture.StartAsync();
        using var refused = await SendAsync(closed.Client, HttpMethod.Get, "/", ("Origin", "https://console.example.com"));
        Assert.False(refused.Headers.Contains("Access-Control-Allow-Origin"));

        await using var open = await GatewayFixture.StartAsync(o => o.CorsOrigins.Add("https://console.example.com"), beside: closed);
        using var preflight = await SendAsync(
            open.Anonymous, HttpMethod.Options, "/", ("Origin", "https://console.example.com"), ("Access-Control-Request-Method", "GET"), ("Access-Control-Request-Headers", "authorization"));
        Assert.Equal("https://console.example.com", Assert.Single(preflight.Headers.GetValues("Access-Control-Allow-Origin")));
        Assert.False(preflight.Headers.Contains("Access-Control-Allow-Credentials"));
        using var other = await SendAsync(open.Client, HttpMethod.Get, "/", ("Origin", "https://evil.example"));
        Assert.False(other.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task a_request_under_a_foreign_host_name_is_refused_but_for_the_health_pages()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        using var rebound = await SendAsync(gateway.Client, HttpMethod.Get, "/", ("Host", "evil.example"));
        Assert.Equal(HttpStatusCode.BadRequest, rebound.StatusCode);
        using var probe = await SendAsync(gateway.Anonymous, HttpMethod.Get, "/health/live", ("Host", "10.1.2.3"));
        Assert.Equal(HttpStatusCode.OK, probe.StatusCode);
    }

    [Fact]
    public async Task forwarded_headers_are_believed_from_configured_proxies_alone()
    {
        static void Whence(WebApplication app) => app.MapGet("/whence", (HttpContext c) => $"{c.Connection.RemoteIpAddress} {c.Request.Scheme} {c.Request.Host}").WithoutSignIn();
        (string, string)[] headers = [("X-Forwarded-For", "192.0.2.9"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "optiinfra.example.com")];
        await using var alone = await GatewayFixture.StartAsync(_ => { }, map: Whence);
        using var unbelieved = await SendAsync(alone.Anonymous, HttpMethod.Get, "/whence", headers);
        Assert.Equal($"127.0.0.1 http {alone.Url.Authority}", await unbelieved.Content.ReadAsStringAsync());

        await using var behind = await GatewayFixture.StartAsync(
            o =>
            {
                o.PublicUrl = new Uri("https://optiinfra.example.com");
                o.TrustedProxies.Add(System.Net.IPNetwork.Parse("127.0.0.0/8"));
            },
            beside: alone,
            map: Whence);
        using var believed = await SendAsync(behind.Anonymous, HttpMethod.Get, "/whence", headers);
        Assert.Equal("192.0.2.9 https optiinfra.example.com", await believed.Content.ReadAsStringAsync());
        Assert.Equal("max-age=31536000", Assert.Single(believed.Headers.GetValues("Strict-Transport-Security")));
    }

    [Fact]
    public async Task over_tls_the_cookie_is_secure_and_bound_to_the_host()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        await using var gateway = await GatewayFixture.StartAsync(o => (o.Url, o.Certificate) = ("https://127.0.0.1:0", certificate));
        var issued = await gateway.IssueAsync("kim", [Role.Viewer], ["acme"], kind: TokenKind.OneTime);
        using var post = new HttpRequestMessage(HttpMethod.Post, new Uri("/signin", UriKind.Relative)) { Content = new FormUrlEncodedContent([new("token", issued.Text)]) };
        post.Headers.Add("Sec-Fetch-Site", "same-origin");
        using var answer = await gateway.Anonymous.SendAsync(post);
        var cookie = Assert.Single(answer.Headers.GetValues("Set-Cookie"));
        Assert.StartsWith("__Host-optiinfra-session=oi_", cookie, StringComparison.Ordinal);
        Assert.Contains("secure", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Equal("max-age=31536000", Assert.Single(answer.Headers.GetValues("Strict-Transport-Security")));
    }

    [Theory]
    [InlineData("http://127.0.0.1:5080", false, true)]
    [InlineData("http://localhost:5080", false, true)]
    [InlineData("http://[::1]:5080", false, true)]
    [InlineData("https://0.0.0.0:5443", false, true)]
    [InlineData("http://0.0.0.0:5080", false, false)]
    [InlineData("http://*:5080", false, false)]
    [InlineData("http://+:5080", false, false)]
    [InlineData("http://[::]:5080", false, false)]
    [InlineData("http://10.0.0.5:5080", false, false)]
    [InlineData("http://10.0.0.5:5080", true, true)]
    [InlineData("ftp://127.0.0.1", true, false)]
    public void without_tls_the_gateway_listens_on_its_own_machine_unless_told_otherwise(string url, bool allowed, bool passes) =>
        Assert.Equal(passes, ListenAddress.Problem(new GatewayOptions { Url = url, AllowPlainHttp = allowed }) is null);
}
