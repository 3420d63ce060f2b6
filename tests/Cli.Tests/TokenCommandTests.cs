using System.Globalization;
using System.Text.RegularExpressions;
using OptiInfra.Cli.Tests.Processes;

namespace OptiInfra.Cli.Tests;

public sealed partial class TokenCommandTests
{
    [Fact]
    public async Task a_key_is_printed_once_alone_listed_without_its_secret_and_revoked()
    {
        await using var platform = await Platform.CreateAsync();
        var created = (await platform.RunAsync("token", "create", "--name", "ci", "--role", "operator", "approver", "--for-customer", "acme", "--days", "30", "--as", "ana")).Succeeds();
        var key = created.Output.Trim();
        Assert.Matches(TokenForm(), key);
        Assert.Contains("ci: good until", created.Error, StringComparison.Ordinal);

        var listed = (await platform.RunAsync("token", "list")).Succeeds().Output;
        Assert.Contains("key:ci", listed, StringComparison.Ordinal);
        Assert.Contains("operator, approver", listed, StringComparison.Ordinal);
        Assert.DoesNotContain(key[^20..], listed, StringComparison.Ordinal);

        // the token itself names it as well as its id
        (await platform.RunAsync("token", "revoke", key, "--reason", "leaked")).Succeeds();
        Assert.DoesNotContain("key:ci", (await platform.RunAsync("token", "list")).Succeeds().Output, StringComparison.Ordinal);
        Assert.Contains("revoked", (await platform.RunAsync("token", "list", "--all")).Succeeds().Output, StringComparison.Ordinal);
        // revoking again does nothing
        (await platform.RunAsync("token", "revoke", key)).Succeeds();
        Assert.Contains("2 events of 1 streams", (await platform.RunAsync("audit", "verify")).Succeeds().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task what_a_token_lacks_is_named()
    {
        await using var platform = await Platform.CreateAsync();
        (await platform.RunAsync("token", "create", "--role", "viewer")).FailsInOneLine(2, "--name");
        (await platform.RunAsync("token", "create", "--name", "x")).FailsInOneLine(2, "--role");
        (await platform.RunAsync("token", "create", "--name", "x", "--role", "king")).FailsInOneLine(2, "'king'", "viewer, operator, approver, admin");
        (await platform.RunAsync("token", "create", "--name", "x", "--role", "viewer", "--days", "800")).FailsInOneLine(2, "730 days");
        (await platform.RunAsync("token", "create", "--name", "x", "--role", "viewer", "--for-customer", "$access")).FailsInOneLine(2, "'$access' cannot name a customer");
        (await platform.RunAsync("token", "revoke", "nonsense")).FailsInOneLine(2, "'nonsense' is no token's id");
        (await platform.RunAsync("token", "revoke", Guid.NewGuid().ToString())).FailsInOneLine(1, "no such token");
        (await platform.RunAsync("status", "--customer", "$access")).FailsInOneLine(2, "--customer");
    }

    [Fact]
    public async Task the_running_gateway_prints_where_to_sign_in_and_takes_a_key_that_the_command_line_made()
    {
        await using var platform = await Platform.CreateAsync();
        var url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{TcpRelay.FreePort()}");
        var environment = new Dictionary<string, string>(platform.Environment, StringComparer.Ordinal) { ["OPTIINFRA_GATEWAY_URL"] = url };
        await using var run = CliProcess.Start(environment, "run", "--roles", "gateway");
        await run.UntilErrorSaysAsync($"once, within 24 h: {url}/signin#oi_");
        var key = (await platform.RunAsync("token", "create", "--name", "ci", "--role", "viewer")).Succeeds().Output.Trim();
        using var client = new HttpClient();
        client.DefaultRequestHeaders.Authorization = new("Bearer", key);
        Assert.Contains("Signed in as ci", await client.GetStringAsync(new Uri(url + "/")), StringComparison.Ordinal);
        (await platform.RunAsync("token", "revoke", key)).Succeeds();
        Assert.Equal(System.Net.HttpStatusCode.Unauthorized, (await client.GetAsync(new Uri(url + "/"))).StatusCode);
        run.Terminate();
        (await run.EndAsync()).Succeeds();
    }

    [Fact]
    public async Task a_running_gateway_forgets_sessions_that_ended_long_ago()
    {
        await using var platform = await Platform.CreateAsync();
        (await platform.RunAsync("token", "create", "--name", "ci", "--role", "viewer")).Succeeds();
        await platform.ExecuteAsOwnerAsync($$$"""
            insert into "{{{platform.Schema}}}".doc_access_token (tenant_id, id, data, last_modified)
            select tenant_id, gen_random_uuid(), data || '{"kind":"session","expiresAt":"2026-01-01T00:00:00+00:00"}', last_modified from "{{{platform.Schema}}}".doc_access_token, generate_series(1, 3)
            """);
        var environment = new Dictionary<string, string>(platform.Environment, StringComparer.Ordinal) { ["OPTIINFRA_GATEWAY_URL"] = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{TcpRelay.FreePort()}") };
        await using var run = CliProcess.Start(environment, "run", "--roles", "gateway");
        await run.UntilErrorSaysAsync("3 sessions that ended a week ago are forgotten");
        Assert.Contains("key:ci", (await platform.RunAsync("token", "list")).Succeeds().Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("OPTIINFRA_GATEWAY_URL", "http://0.0.0.0:5080", "without TLS")]
    [InlineData("OPTIINFRA_GATEWAY_CORS_ORIGINS", "*", "is no origin")]
    [InlineData("OPTIINFRA_GATEWAY_CORS_ORIGINS", "https://console.example.com/path", "is no origin")]
    [InlineData("OPTIINFRA_GATEWAY_TRUSTED_PROXIES", "somewhere", "is no address or network")]
    [InlineData("OPTIINFRA_GATEWAY_REQUESTS_PER_SECOND", "0", "from 1 to 100000")]
    [InlineData("OPTIINFRA_GATEWAY_ALLOW_PLAIN_HTTP", "yes", "neither true nor false")]
    [InlineData("OPTIINFRA_GATEWAY_CERTIFICATE", "nowhere.pem", "nowhere.pem")]
    [InlineData("OPTIINFRA_OAUTH_CLIENT_ID", "optiinfra", "OPTIINFRA_OAUTH_AUTHORITY")]
    public async Task a_setting_of_the_gateway_that_cannot_work_is_one_line(string variable, string value, string said)
    {
        await using var platform = await Platform.CreateAsync();
        var environment = new Dictionary<string, string>(platform.Environment, StringComparer.Ordinal) { [variable] = value };
        (await CliProcess.RunAsync(environment, "run", "--roles", "gateway")).FailsInOneLine(2, variable.StartsWith("OPTIINFRA_OAUTH", StringComparison.Ordinal) ? "OAuth" : "OPTIINFRA_GATEWAY", said);
    }

    [GeneratedRegex("^oi_[A-Za-z0-9_-]{64}$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex TokenForm();
}
