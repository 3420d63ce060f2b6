using OptiInfra.Testing;

namespace OptiInfra.GraphQL.Tests.Transports;

/// <summary>What clients and suites of others find.</summary>
public sealed class OtherMakersTests(HttpServer server) : IClassFixture<HttpServer>
{
    [Fact]
    public async Task all_61_audits_of_graphql_http_are_ok() =>
        Assert.Equal(["61 of 61 ok"], await NodeProgram.LinesAsync("GraphQL.Tests", "audit.mjs", server.Url));

    [Fact]
    public async Task the_client_of_graphql_ws_and_raw_sockets_find_the_protocol_kept() => AllOk(await NodeProgram.LinesAsync("GraphQL.Tests", "sockets.mjs", server.SocketUrl));

    [Fact]
    public async Task the_client_of_graphql_sse_finds_both_modes_kept() => AllOk(await NodeProgram.LinesAsync("GraphQL.Tests", "streams.mjs", server.Url));

    static void AllOk(IReadOnlyList<string> lines)
    {
        Assert.All(lines.SkipLast(1), line => Assert.StartsWith("ok ", line, StringComparison.Ordinal));
        Assert.Matches(@"^([1-9]\d*) of \1 ok$", lines[^1]);
    }
}
