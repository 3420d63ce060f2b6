using System.Text.Json;
using System.Text.Unicode;

namespace OptiInfra.GraphQL.AspNetCore;

/// <summary>What the parser of JSON lets pass until a string is read: bytes that are no UTF-8, and escapes of half a character.</summary>
static class JsonText
{
    /// <exception cref="JsonException">A string of it could not be read.</exception>
    public static void Check(ReadOnlySpan<byte> json)
    {
        if (!Utf8.IsValid(json)) throw new JsonException("The text is no UTF-8.");
        if (json.IndexOf("\\ud"u8) < 0 && json.IndexOf("\\uD"u8) < 0) return;
        var reader = new Utf8JsonReader(json);
        while (reader.Read())
        {
            if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName) || !reader.ValueIsEscaped) continue;
            try
            {
                reader.GetString();
            }
            catch (InvalidOperationException fault)
            {
                throw new JsonException("A string holds half a character.", fault);
            }
        }
    }
}
