using System.Text;
using System.Text.Json;

namespace OptiInfra.Testing;

/// <summary>A message taken from a queue.</summary>
/// <param name="Body">The payload as UTF-8 text.</param>
/// <param name="Exchange">Where it was published; empty for the default exchange.</param>
/// <param name="MessageId">The AMQP property message_id.</param>
/// <param name="Headers">The AMQP headers, each value as text (JSON for tables and lists).</param>
public sealed record RabbitMessage(
    string Body, string Exchange, string RoutingKey, string? MessageId, bool Redelivered, IReadOnlyDictionary<string, string> Headers)
{
    internal static RabbitMessage From(JsonElement message)
    {
        var payload = message.GetProperty("payload").GetString()!;
        if (message.GetProperty("payload_encoding").GetString() == "base64")
            payload = Encoding.UTF8.GetString(Convert.FromBase64String(payload));

        string? messageId = null;
        var headers = new Dictionary<string, string>(StringComparer.Ordinal);
        // a message without properties has an empty list here, not an empty object
        if (message.GetProperty("properties") is { ValueKind: JsonValueKind.Object } properties)
        {
            if (properties.TryGetProperty("message_id", out var id))
                messageId = id.GetString();
            if (properties.TryGetProperty("headers", out var sent) && sent.ValueKind == JsonValueKind.Object)
                foreach (var header in sent.EnumerateObject())
                    headers[header.Name] = header.Value.ToString();
        }

        return new RabbitMessage(
            payload,
            message.GetProperty("exchange").GetString()!,
            message.GetProperty("routing_key").GetString()!,
            messageId,
            message.GetProperty("redelivered").GetBoolean(),
            headers);
    }
}
