using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using OptiInfra.Contracts.Access;
using OptiInfra.Projections.Tests;
using OptiInfra.Testing;

namespace OptiInfra.Gateway.Tests;

/// <summary>GraphiQL at /graphiql.</summary>
public sealed partial class ExplorerTests
{
    static readonly Uri Page = new("/graphiql", UriKind.Relative);
    static readonly string? Chromium = Environment.GetEnvironmentVariable("PATH")!.Split(':').Select(folder => Path.Combine(folder, "chromium")).FirstOrDefault(File.Exists);

    [GeneratedRegex("(?:src|href)=\"(?<url>[^\"]+)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5_000)]
    private static partial Regex References { get; }

    [Fact]
    public async Task the_page_has_its_files_from_the_gateway_and_nothing_in_line()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        using var page = await gateway.Client.GetAsync(Page);
        var html = await page.Content.ReadAsStringAsync();
        Assert.DoesNotContain("unsafe-eval", page.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.Contains("script-src 'self';", page.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.DoesNotMatch("<style|style=|<script[^>]*>[^<]", html);

        var files = References.Matches(html).Select(match => match.Groups["url"].Value).Where(url => url != "data:,").Concat(["/graphiql/editor.worker.js", "/graphiql/json.worker.js", "/graphiql/graphql.worker.js"]);
        foreach (var file in files)
        {
            using var answer = await gateway.Client.GetAsync(new Uri(file, UriKind.Relative));
            Assert.True(answer.StatusCode == HttpStatusCode.OK && answer.Content.Headers.ContentLength > 1000, $"{file}: {answer.StatusCode}. The bundle is built by infra/test.sh, or `npm ci` and `npm run build` in src/Gateway/GraphiQL/Node.");
            using var again = new HttpRequestMessage(HttpMethod.Get, file) { Headers = { IfNoneMatch = { answer.Headers.ETag! } } };
            using var unchanged = await gateway.Client.SendAsync(again);
            Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);
        }
    }

    [Fact]
    public async Task the_schema_is_told_to_whoever_is_signed_in_though_introspection_is_off()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        using var viewer = gateway.NewClient((await gateway.IssueAsync("kim", [Role.Viewer], ["acme"])).Text);
        Assert.Contains("type Query {", await viewer.GetStringAsync(new Uri("/graphiql/schema.graphql", UriKind.Relative)), StringComparison.Ordinal);
        foreach (var path in (string[])["/graphiql", "/graphiql/schema.graphql", "/graphiql/explorer.js"])
        {
            using var answer = await gateway.Anonymous.GetAsync(new Uri(path, UriKind.Relative));
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        }
    }

    [Fact]
    public async Task without_the_bundle_the_page_says_how_to_have_it()
    {
        await using var gateway = await GatewayFixture.StartAsync(options => options.GraphiQLFolder = "/nowhere");
        Assert.Contains("npm run build", await gateway.Client.GetStringAsync(Page), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/graphiql/../OptiInfra.Gateway.dll")]
    [InlineData("/graphiql/..%2FOptiInfra.Gateway.dll")]
    [InlineData("/graphiql/%2Fetc%2Fpasswd")]
    [InlineData("/graphiql/explorer.js.gz")]
    public async Task no_other_file_is_sent(string path)
    {
        await using var gateway = await GatewayFixture.StartAsync();
        using var answer = await gateway.Client.GetAsync(new Uri(path, UriKind.Relative));
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    /// <summary><c>OPTIINFRA_SCREENSHOT=FILE</c> keeps what it looked like.</summary>
    [Fact]
    public async Task a_browser_asks_and_follows_by_its_session_without_a_complaint()
    {
        Assert.SkipWhen(Chromium is null, "chromium is absent; Debian's package chromium brings it");
        await using var gateway = await GatewayFixture.StartAsync();
        await gateway.AppendAsync(new MigrationStory(Guid.CreateVersion7()).Voted());
        await gateway.ProjectAsync();
        var session = await gateway.IssueAsync("Ada", [Role.Viewer], ["default"], kind: TokenKind.Session);
        var seen = JsonElement.Parse(Assert.Single(await NodeProgram.LinesAsync(
            "Gateway.Tests", "explorer.mjs", [gateway.Url.GetLeftPart(UriPartial.Authority), session.Text, Chromium!, .. Environment.GetEnvironmentVariable("OPTIINFRA_SCREENSHOT") is { } file ? [file] : Array.Empty<string>()])));
        Assert.False(seen.TryGetProperty("fault", out _), seen.ToString());
        Assert.Equal("\"totalCount\": 1", seen.GetProperty("query").GetString());
        Assert.Equal("\"type\": \"approval_requested\"", seen.GetProperty("subscription").GetString());
        Assert.Empty(seen.GetProperty("complaints").EnumerateArray().Select(complaint => complaint.GetString()));
    }
}
