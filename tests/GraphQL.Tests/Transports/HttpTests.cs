using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace OptiInfra.GraphQL.Tests.Transports;

public sealed class HttpTests(HttpServer server) : IClassFixture<HttpServer>
{
    async Task<(HttpStatusCode Status, string? Type, string Body)> Send(HttpMethod method, string url, string? body = null, string? accept = null, string contentType = "application/json")
    {
        using var request = new HttpRequestMessage(method, url);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, MediaTypeHeaderValue.Parse(contentType));
        if (accept is not null) request.Headers.TryAddWithoutValidation("Accept", accept);
        using var response = await server.Client.SendAsync(request);
        return (response.StatusCode, response.Content.Headers.ContentType?.MediaType, await response.Content.ReadAsStringAsync());
    }

    const string GraphQLResponse = "application/graphql-response+json";

    [Fact]
    public async Task what_was_executed_is_answered_with_200_whatever_it_came_to()
    {
        Assert.Equal((HttpStatusCode.OK, "application/json", """{"data":{"hello":"world"}}"""), await Send(HttpMethod.Post, server.Url, """{"query":"{ hello }"}"""));
        var (status, type, body) = await Send(HttpMethod.Post, server.Url, """{"query":"{ fails }"}""", GraphQLResponse);
        Assert.Equal((HttpStatusCode.OK, GraphQLResponse), (status, type));
        Assert.DoesNotContain("secret", body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("report", """{"data":{"hello":"world"},"extensions":{"operationCost":{"cost":1,"limit":10000}}}""")]
    [InlineData("no", """{"data":{"hello":"world"}}""")]
    public async Task a_caller_who_asks_is_told_what_the_operation_costs(string header, string response)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, server.Url) { Content = new StringContent("""{"query":"{ hello }"}""", Encoding.UTF8, "application/json") };
        request.Headers.Add("GraphQL-Cost", header);
        using var answer = await server.Client.SendAsync(request);
        Assert.Equal(response, await answer.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData(GraphQLResponse, HttpStatusCode.BadRequest)]
    [InlineData("application/json", HttpStatusCode.OK)]
    [InlineData("application/json;q=0.5, application/graphql-response+json", HttpStatusCode.BadRequest)]
    [InlineData("text/html, */*;q=0.1", HttpStatusCode.OK)]
    public async Task a_refused_document_shows_in_the_status_where_the_caller_knows_the_media_type(string accept, HttpStatusCode expected) =>
        Assert.Equal(expected, (await Send(HttpMethod.Post, server.Url, """{"query":"{"}""", accept)).Status);

    [Theory]
    [InlineData("text/html", HttpStatusCode.NotAcceptable)]
    [InlineData("image/png;q=0.9, text/*", HttpStatusCode.NotAcceptable)]
    public async Task a_caller_that_accepts_nothing_we_have_is_told_so(string accept, HttpStatusCode expected) =>
        Assert.Equal(expected, (await Send(HttpMethod.Post, server.Url, """{"query":"{ hello }"}""", accept)).Status);

    [Fact]
    public async Task a_mutation_is_not_executed_by_get() =>
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await Send(HttpMethod.Get, server.Url + "?query=mutation%7Becho(text%3A%22x%22)%7D")).Status);

    [Fact]
    public async Task a_subscription_is_answered_only_as_a_stream()
    {
        const string Body = """{"query":"subscription { greet(n: 1) }"}""";
        Assert.Equal(HttpStatusCode.NotAcceptable, (await Send(HttpMethod.Post, server.Url, Body)).Status);
        var (status, type, body) = await Send(HttpMethod.Post, server.Url, Body, "text/event-stream");
        Assert.Equal((HttpStatusCode.OK, "text/event-stream"), (status, type));
        Assert.Contains("data: {\"data\":{\"greet\":\"hello 1\"}}", body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""[{"query":"{ hello }"}]""", HttpStatusCode.BadRequest)]
    [InlineData("""{"query":1}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"query":"{hello}","variables":[]}""", HttpStatusCode.BadRequest)]
    [InlineData("""nothing""", HttpStatusCode.BadRequest)]
    [InlineData("""{"query":"{ hello } # \ud800"}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"query":"{ hello }","variables":{"a":"\udc00"}}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"query":"{ hello }","variables":{"\ud800":1}}""", HttpStatusCode.BadRequest)]
    [InlineData("", HttpStatusCode.BadRequest)]
    public async Task a_body_that_is_no_request_is_refused(string body, HttpStatusCode expected) =>
        Assert.Equal(expected, (await Send(HttpMethod.Post, server.Url, body)).Status);

    [Fact]
    public async Task other_methods_other_types_and_too_much_are_refused()
    {
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await Send(HttpMethod.Delete, server.Url)).Status);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await Send(HttpMethod.Post, server.Url, "query=x", contentType: "application/x-www-form-urlencoded")).Status);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await Send(HttpMethod.Post, server.Url, $$"""{"query":"{{new string(' ', 300_000)}}"}""")).Status);
    }
}
