using System.Text.Json;
using Microsoft.AspNetCore.Http;
using OptiInfra.Gateway.Access;

namespace OptiInfra.Gateway.Http;

/// <summary>Refusals as a GraphQL client reads them too: <c>{"errors":[{"message":…,"extensions":{"code":…}}]}</c>.</summary>
static class Answers
{
    // as in the log: no \u0060 for a backtick; what is sent is JSON and said to be
    static readonly JsonWriterOptions Readable = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static async Task DenyAsync(HttpContext context, int status, AccessVerdict.Denied denied)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json; charset=utf-8";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter, Readable);
        json.WriteStartObject();
        json.WriteStartArray("errors");
        json.WriteStartObject();
        json.WriteString("message", denied.Reason);
        json.WriteStartObject("extensions");
        json.WriteString("code", denied.Code);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
        await json.FlushAsync(context.RequestAborted);
    }
}
