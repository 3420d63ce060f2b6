using System.IO.Compression;
using System.Text.Json;
using OptiInfra.Aws.Protocol;

namespace OptiInfra.Aws.Tests.Protocol;

/// <summary>
/// Builds the library's shapes from the JSON of a service model, over dictionaries instead of classes, so that the vectors run through the
/// very serializer and parser that the typed requests use.
/// </summary>
internal sealed class ModelShapes(JsonElement shapes)
{
    // publication only: a skip must come out as itself, each time, not as a type that failed to initialize
    private static readonly Lazy<JsonElement> Ec2Model = new(LoadEc2, LazyThreadSafetyMode.PublicationOnly);

    private readonly Dictionary<string, StructureShape> _structures = new(StringComparer.Ordinal);

    /// <summary>EC2's own model as botocore publishes it, all 800 operations; skips the test where it is absent.</summary>
    public static JsonElement Ec2Service => Ec2Model.Value;

    public JsonElement Raw(string name) => shapes.GetProperty(name);

    public StructureShape Structure(string name)
    {
        if (_structures.TryGetValue(name, out var known))
            return known;
        var members = Raw(name).GetProperty("members").EnumerateObject().Select(m => Member(m.Name, m.Value)).ToList();
        return _structures[name] = new StructureShape(name, () => new Dictionary<string, object>(StringComparer.Ordinal), members);
    }

    public Shape Shape(string name)
    {
        var raw = Raw(name);
        return raw.GetProperty("type").GetString() switch
        {
            "structure" => Structure(name),
            "list" => new ListShape(
                () => Shape(raw.GetProperty("member").GetProperty("shape").GetString()!), Text(raw.GetProperty("member"), "locationName"),
                elements => elements.ToList()),
            "map" => new MapShape(() => Shape(raw.GetProperty("value").GetProperty("shape").GetString()!), entries => entries),
            "string" => new ScalarShape(ScalarKind.String),
            "boolean" => new ScalarShape(ScalarKind.Boolean),
            "integer" => new ScalarShape(ScalarKind.Integer),
            "long" => new ScalarShape(ScalarKind.Long),
            "float" => new ScalarShape(ScalarKind.Float),
            "double" => new ScalarShape(ScalarKind.Double),
            "blob" => new ScalarShape(ScalarKind.Blob),
            "timestamp" => new ScalarShape(ScalarKind.Timestamp, Text(raw, "timestampFormat") switch
            {
                null or "iso8601" => TimestampFormat.Iso8601,
                "unixTimestamp" => TimestampFormat.UnixSeconds,
                "rfc822" => TimestampFormat.HttpDate,
                var other => throw new InvalidOperationException($"unknown timestamp format {other}"),
            }),
            var other => throw new InvalidOperationException($"unknown type {other}"),
        };
    }

    private Member Member(string name, JsonElement raw) => new(name, () => Shape(raw.GetProperty("shape").GetString()!))
    {
        LocationName = Text(raw, "locationName"),
        QueryName = Text(raw, "queryName"),
        IsFlattened = Flag(raw, "flattened") || Flag(Raw(raw.GetProperty("shape").GetString()!), "flattened"),
        IsIdempotencyToken = Flag(raw, "idempotencyToken"),
        IsHostLabel = Flag(raw, "hostLabel"),
        Get = owner => ValuesOf(owner).GetValueOrDefault(name),
        Set = (owner, value) => ValuesOf(owner)[name] = value,
    };

    private static Dictionary<string, object> ValuesOf(object owner) =>
        owner is VectorRequest request ? request.Values : (Dictionary<string, object>)owner;

    private static string? Text(JsonElement raw, string name) => raw.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static bool Flag(JsonElement raw, string name) => raw.TryGetProperty(name, out var value) && value.GetBoolean();

    private static JsonElement LoadEc2()
    {
        using var file = File.OpenRead(OptiInfra.Testing.SharedData.Require("ec2-protocol/service-model.json.gz"));
        using var model = new GZipStream(file, CompressionMode.Decompress);
        using var document = JsonDocument.Parse(model);
        return document.RootElement.Clone();
    }
}
