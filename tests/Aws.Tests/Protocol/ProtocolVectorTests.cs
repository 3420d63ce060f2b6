using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using OptiInfra.Aws.EC2;
using OptiInfra.Aws.Protocol;
using OptiInfra.Testing;

namespace OptiInfra.Aws.Tests.Protocol;

/// <summary>AWS's protocol test suites for the ec2 protocol, every case, through the whole pipeline.</summary>
public sealed class ProtocolVectorTests
{
    private const string FixedToken = "00000000-0000-4000-8000-000000000000";

    public static TheoryData<string> InputCases => CasesOf("input.json");

    public static TheoryData<string> OutputCases => CasesOf("output.json");

    [Theory]
    [MemberData(nameof(InputCases))]
    public async Task a_request_is_written_as_the_suite_says(string id)
    {
        var (suite, @case) = Find("input.json", id);
        var shapes = new ModelShapes(suite.GetProperty("shapes"));
        var given = @case.GetProperty("given");
        var input = given.TryGetProperty("input", out var i) ? shapes.Structure(i.GetProperty("shape").GetString()!) : null;
        var operation = new QueryOperation(
            given.GetProperty("name").GetString()!, suite.GetProperty("metadata").GetProperty("apiVersion").GetString()!, QueryDialect.Ec2, input, null)
        {
            HostPrefix = given.TryGetProperty("endpoint", out var e) ? e.GetProperty("hostPrefix").GetString() : null,
            CompressRequest = given.TryGetProperty("requestcompression", out _),
        };
        var http = new CannedHttp(200, "<Response/>");
        var config = new AmazonEC2Config
        {
            ServiceURL = suite.TryGetProperty("clientEndpoint", out var endpoint) ? endpoint.GetString() : "https://example.com",
            HttpClientFactory = http,
            NewIdempotencyToken = () => FixedToken,
        };
        using var client = new VectorClient(config);
        var values = input is null ? [] : (Dictionary<string, object>)ShapeJson.Read(input, @case.GetProperty("params"));

        await client.InvokeAsync(operation, new VectorRequest(values));

        var expected = @case.GetProperty("serialized");
        var request = http.Request!;
        Assert.Equal(expected.GetProperty("method").GetString(), request.Method.Method);
        Assert.Equal(expected.GetProperty("uri").GetString(), request.RequestUri!.AbsolutePath);
        if (expected.TryGetProperty("host", out var host))
            Assert.Equal(host.GetString()!.Split('/')[0], request.RequestUri.Host);
        if (expected.TryGetProperty("body", out var body))
            Assert.Equal(Pairs(body.GetString()!), Pairs(Encoding.UTF8.GetString(http.RequestBody)));
        foreach (var header in expected.TryGetProperty("headers", out var headers) ? headers.EnumerateObject().ToArray() : [])
            Assert.Equal(header.Value.GetString(), Header(request, header.Name).Split(';')[0]);
        foreach (var header in expected.TryGetProperty("requireHeaders", out var required) ? required.EnumerateArray().ToArray() : [])
            Assert.NotEmpty(Header(request, header.GetString()!));
    }

    [Theory]
    [MemberData(nameof(OutputCases))]
    public async Task a_response_is_read_as_the_suite_says(string id)
    {
        var (suite, @case) = Find("output.json", id);
        var shapes = new ModelShapes(suite.GetProperty("shapes"));
        var given = @case.GetProperty("given");
        var output = given.TryGetProperty("output", out var o) ? shapes.Structure(o.GetProperty("shape").GetString()!) : null;
        var response = @case.GetProperty("response");
        var config = new AmazonEC2Config
        {
            ServiceURL = "https://example.com",
            HttpClientFactory = new CannedHttp(response.GetProperty("status_code").GetInt32(), response.GetProperty("body").GetString()!),
        };
        using var client = new VectorClient(config);
        var operation = new QueryOperation(given.GetProperty("name").GetString()!, "2020-01-08", QueryDialect.Ec2, null, output);
        var call = client.InvokeAsync(operation, new VectorRequest([]));

        if (!@case.TryGetProperty("errorCode", out var errorCode))
        {
            var result = (await call).Value;
            AssertSame(@case.GetProperty("result"), ShapeJson.Write(output!, result!));
            return;
        }

        var error = await Assert.ThrowsAsync<VectorException>(() => call);
        Assert.Equal((errorCode.GetString(), "foo-id"), (error.ErrorCode, error.RequestId));
        if (@case.TryGetProperty("errorMessage", out var message))
            Assert.Equal(message.GetString(), error.Message);
        var errorShape = shapes.Structure(given.GetProperty("errors")[0].GetProperty("shape").GetString()!);
        using var reader = error.Error.Element!.CreateReader();
        reader.MoveToContent();
        AssertSame(@case.GetProperty("error"), ShapeJson.Write(errorShape, XmlShapeReader.ReadStructure(errorShape, reader)));
    }

    private static void AssertSame(JsonElement expected, JsonNode? actual) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected.GetRawText()), actual), $"expected {expected.GetRawText()}\nbut was {actual?.ToJsonString()}");

    private static string Header(HttpRequestMessage request, string name) =>
        request.Headers.TryGetValues(name, out var values) || request.Content!.Headers.TryGetValues(name, out values)
            ? string.Join(',', values)
            : name == "Content-Length" ? $"{request.Content!.Headers.ContentLength}" : "";

    private static string[] Pairs(string body) => [.. body.Split('&').Order(StringComparer.Ordinal)];

    private static TheoryData<string> CasesOf(string file)
    {
        var path = SharedData.Find($"ec2-protocol/{file}");
        // a theory without data fails; this row lets it say why it has none
        if (path is null)
            return ["(the vectors are absent)"];
        using var document = JsonDocument.Parse(File.ReadAllText(path));
        return [.. document.RootElement.EnumerateArray().SelectMany(s => s.GetProperty("cases").EnumerateArray())
            .Select(c => c.GetProperty("id").GetString()!)];
    }

    private static (JsonElement Suite, JsonElement Case) Find(string file, string id)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(SharedData.Require($"ec2-protocol/{file}")));
        return document.RootElement.Clone().EnumerateArray()
            .SelectMany(s => s.GetProperty("cases").EnumerateArray().Select(c => (s, c)))
            .Single(x => x.c.GetProperty("id").GetString() == id);
    }
}
