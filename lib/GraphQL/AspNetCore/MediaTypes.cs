using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace OptiInfra.GraphQL.AspNetCore;

enum ResponseFormat
{
    /// <summary>Nothing that the caller accepts.</summary>
    None,
    /// <summary>application/json: refused documents are answered with 200.</summary>
    Json,
    /// <summary>application/graphql-response+json: the status tells whether anything was executed.</summary>
    GraphQLResponse,
    EventStream,
}

/// <summary>Which answer a caller accepts (GraphQL over HTTP, section Media Types).</summary>
static class MediaTypes
{
    public const string Json = "application/json; charset=utf-8";
    public const string GraphQLResponse = "application/graphql-response+json; charset=utf-8";
    public const string EventStream = "text/event-stream; charset=utf-8";

    /// <summary>The acceptable format of the highest quality, the first of equals; application/json where the caller does not say.</summary>
    public static ResponseFormat Negotiate(StringValues accept)
    {
        if (accept.Count == 0 || string.IsNullOrWhiteSpace(accept.ToString())) return ResponseFormat.Json;
        if (accept.Count == 1 && Simple(accept[0]!) is { } quick) return quick;
        if (!MediaTypeHeaderValue.TryParseList(accept, out var wanted)) return ResponseFormat.None;
        return wanted.Where(type => type.Quality is not 0).OrderByDescending(type => type.Quality ?? 1).Select(Format).FirstOrDefault(format => format != ResponseFormat.None);
    }

    static ResponseFormat? Simple(string accept) => accept switch
    {
        "*/*" or "application/json" => ResponseFormat.Json,
        "application/graphql-response+json" => ResponseFormat.GraphQLResponse,
        "text/event-stream" => ResponseFormat.EventStream,
        _ => null,
    };

    static ResponseFormat Format(MediaTypeHeaderValue type) => type.MediaType.ToString().ToLowerInvariant() switch
    {
        "application/graphql-response+json" => ResponseFormat.GraphQLResponse,
        "application/json" or "*/*" or "application/*" => ResponseFormat.Json,
        "text/event-stream" => ResponseFormat.EventStream,
        _ => ResponseFormat.None,
    };

    public static bool Is(string contentType, string mediaType) =>
        contentType.StartsWith(mediaType, StringComparison.OrdinalIgnoreCase) && (contentType.Length == mediaType.Length || contentType[mediaType.Length] is ';' or ' ');

    public static string? Charset(string contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var parsed) && parsed.Charset.HasValue ? parsed.Charset.ToString().Trim('"') : null;
}
