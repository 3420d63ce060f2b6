using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using OptiInfra.Aws.EC2;
using OptiInfra.Aws.Protocol;
using OptiInfra.Testing;

namespace OptiInfra.Aws.Tests.Protocol;

/// <summary>Recorded answers of EC2 with what they parse to beside them.</summary>
public sealed class RecordedResponseTests
{
    public static TheoryData<string> Recordings => SharedData.Find("ec2-protocol/responses") is { } folder
        ? [.. Directory.EnumerateFiles(folder, "*.xml").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal)]
        : ["(the recordings are absent)"];

    public static TheoryData<string> TypedRecordings => SharedData.Find("ec2-protocol/responses") is null
        ? Recordings
        : [.. Recordings.Select(r => r.Data).Where(r => Ec2Operations.All.Any(o => o.Name == OperationOf(r)) && !Load(r).Expected.ContainsKey("Error"))];

    [Theory]
    [MemberData(nameof(Recordings))]
    public void a_recorded_answer_reads_as_recorded_by_the_service_model(string name)
    {
        var (xml, expected) = Load(name);
        if (expected["Error"] is JsonObject expectedError)
        {
            using var text = new StreamReader(xml);
            var error = QueryError.Parse(text.ReadToEnd());
            Assert.Equal((string?)expectedError["Code"], error.Code);
            Assert.Equal((string?)expectedError["Message"], error.Message);
            Assert.Equal((string?)expected["ResponseMetadata"]?["RequestId"], error.RequestId);
            return;
        }

        var model = ModelShapes.Ec2Service;
        var operation = model.GetProperty("operations").GetProperty(OperationOf(name));
        var shape = new ModelShapes(model.GetProperty("shapes")).Structure(operation.GetProperty("output").GetProperty("shape").GetString()!);

        var document = XmlShapeReader.Read(new QueryOperation(OperationOf(name), "2016-11-15", QueryDialect.Ec2, null, shape), xml);

        Assert.Equal((string?)expected["ResponseMetadata"]?["RequestId"], document.RequestId);
        expected.Remove("ResponseMetadata");
        AssertSame(shape, expected, ShapeJson.Write(shape, document.Value!)!, name);
    }

    [Theory]
    [MemberData(nameof(TypedRecordings))]
    public void a_recorded_answer_reads_alike_into_the_typed_response(string name)
    {
        var (xml, expected) = Load(name);
        var operation = Ec2Operations.All.Single(o => o.Name == OperationOf(name));

        var document = XmlShapeReader.Read(operation, xml);

        Assert.Equal((string?)expected["ResponseMetadata"]?["RequestId"], document.RequestId);
        var (shape, value) = operation.Output!.Document is { } inner
            ? ((StructureShape)inner.Shape, inner.Get(document.Value!)!)
            : (operation.Output, document.Value!);
        AssertHolds(shape, value, expected, name);
    }

    // every member that the class has holds what was recorded, and nothing where nothing was recorded
    private static void AssertHolds(StructureShape shape, object value, JsonObject expected, string path)
    {
        foreach (var member in shape.Members)
        {
            var at = $"{path}.{member.Name}";
            var actual = member.Get(value);
            switch (expected[member.Name])
            {
                case null:
                    Assert.True(actual is null or "" or System.Collections.ICollection { Count: 0 }, $"{at} was not recorded, but is {actual}");
                    break;
                case JsonObject structure:
                    Assert.NotNull(actual);
                    AssertHolds((StructureShape)member.Shape, actual, structure, at);
                    break;
                case JsonArray array when ((ListShape)member.Shape).Element is StructureShape element:
                    var items = ((System.Collections.IEnumerable)actual!).Cast<object>().ToList();
                    Assert.Equal(array.Count, items.Count);
                    for (var i = 0; i < items.Count; i++)
                        AssertHolds(element, items[i], (JsonObject)array[i]!, $"{at}[{i}]");
                    break;
                case var leaf:
                    Assert.NotNull(actual);
                    AssertSame(member.Shape, leaf, ShapeJson.Write(member.Shape, actual)!, at);
                    break;
            }
        }
    }

    private static void AssertSame(Shape shape, JsonNode expected, JsonNode actual, string path)
    {
        WithSeconds(shape, expected, e => expected = e);
        Assert.True(JsonNode.DeepEquals(expected, actual), $"{path}\nexpected {expected.ToJsonString()}\nbut was {actual.ToJsonString()}");
    }

    // the recordings write times as ISO 8601, ShapeJson as Unix seconds
    private static void WithSeconds(Shape shape, JsonNode node, Action<JsonNode> replace)
    {
        switch (shape, node)
        {
            case (StructureShape structure, JsonObject json):
                foreach (var (name, child) in json.ToList())
                    if (child is not null)
                        WithSeconds(structure.Members.Single(m => m.Name == name).Shape, child, c => json[name] = c);
                break;
            case (ListShape list, JsonArray json):
                for (var i = 0; i < json.Count; i++)
                {
                    var index = i;
                    WithSeconds(list.Element, json[i]!, c => json[index] = c);
                }

                break;
            case (ScalarShape { Kind: ScalarKind.Timestamp } scalar, JsonValue json):
                replace(ShapeJson.Write(scalar, DateTimeOffset.Parse(json.GetValue<string>(), System.Globalization.CultureInfo.InvariantCulture).UtcDateTime)!);
                break;
            default:
                break;
        }
    }

    private static (Stream Xml, JsonObject Expected) Load(string name)
    {
        var xml = File.ReadAllText(SharedData.Require($"ec2-protocol/responses/{name}.xml"));
        var json = File.ReadAllText(SharedData.Require($"ec2-protocol/responses/{name}.json"));
        return (new MemoryStream(Encoding.UTF8.GetBytes(Dated(xml))), JsonNode.Parse(Dated(json))!.AsObject());
    }

    // some recordings are examples of the documentation, with a pattern where the time should be
    private static string Dated(string recording) => recording.Replace("YYYY-MM-DDTHH:MM:SS", "2014-06-15T01:02:03", StringComparison.Ordinal);

    // ec2-describe-spot-price-history → DescribeSpotPriceHistory
    private static string OperationOf(string file) =>
        string.Concat(file.Split('-').Skip(1).Select(word => char.ToUpperInvariant(word[0]) + word[1..]));
}
