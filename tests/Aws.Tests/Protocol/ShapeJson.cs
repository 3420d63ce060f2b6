using System.Collections;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using OptiInfra.Aws.Protocol;

namespace OptiInfra.Aws.Tests.Protocol;

/// <summary>Values of shapes from and to the JSON that the test suites write them in: times as Unix seconds, blobs as their text.</summary>
internal static class ShapeJson
{
    public static object Read(Shape shape, JsonElement json) => shape switch
    {
        StructureShape structure => json.EnumerateObject().ToDictionary(
            p => p.Name, p => Read(structure.Members.Single(m => m.Name == p.Name).Shape, p.Value), StringComparer.Ordinal),
        ListShape list => json.EnumerateArray().Select(e => Read(list.Element, e)).ToList(),
        ScalarShape { Kind: ScalarKind.String } => json.GetString()!,
        ScalarShape { Kind: ScalarKind.Boolean } => json.GetBoolean(),
        ScalarShape { Kind: ScalarKind.Integer } => json.GetInt32(),
        ScalarShape { Kind: ScalarKind.Long } => json.GetInt64(),
        ScalarShape { Kind: ScalarKind.Float } => (float)ReadDouble(json),
        ScalarShape { Kind: ScalarKind.Double } => ReadDouble(json),
        ScalarShape { Kind: ScalarKind.Blob } => Encoding.UTF8.GetBytes(json.GetString()!),
        ScalarShape { Kind: ScalarKind.Timestamp } => DateTime.UnixEpoch.AddSeconds(json.GetDouble()),
        _ => throw new InvalidOperationException($"no JSON for {shape.GetType().Name}"),
    };

    public static JsonNode? Write(Shape shape, object value) => shape switch
    {
        StructureShape structure => new JsonObject(structure.Members
            .Select(m => (m, value: m.Get(value)))
            .Where(x => x.value is not null)
            .Select(x => KeyValuePair.Create(x.m.Name, Write(x.m.Shape, x.value!)))),
        ListShape list => new JsonArray([.. ((IEnumerable)value).Cast<object>().Select(e => Write(list.Element, e))]),
        MapShape map => new JsonObject(((IReadOnlyDictionary<string, object>)value).Select(e => KeyValuePair.Create(e.Key, Write(map.Value, e.Value)))),
        ScalarShape { Kind: ScalarKind.Blob } => JsonValue.Create(Encoding.UTF8.GetString((byte[])value)),
        ScalarShape { Kind: ScalarKind.Timestamp } => JsonNode.Parse(
            ((decimal)((DateTime)value - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerSecond).ToString("0.###", CultureInfo.InvariantCulture)),
        _ => value switch
        {
            float f when !float.IsFinite(f) => JsonValue.Create(f.ToString(CultureInfo.InvariantCulture)),
            double d when !double.IsFinite(d) => JsonValue.Create(d.ToString(CultureInfo.InvariantCulture)),
            _ => JsonSerializer.SerializeToNode(value, value.GetType()),
        },
    };

    private static double ReadDouble(JsonElement json) =>
        json.ValueKind == JsonValueKind.String ? double.Parse(json.GetString()!, CultureInfo.InvariantCulture) : json.GetDouble();
}
