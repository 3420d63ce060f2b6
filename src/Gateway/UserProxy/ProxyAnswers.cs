using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace OptiInfra.Gateway.UserProxy;

/// <summary>What the proxy says itself, as trainers do: <c>{"error": …}</c>.</summary>
static class ProxyAnswers
{
    const int RetryAfterSeconds = 1;

    public static async Task WriteAsync(HttpContext context, int status, string error)
    {
        var response = context.Response;
        response.Clear();
        response.StatusCode = status;
        response.ContentType = "application/json; charset=utf-8";
        response.Headers.CacheControl = "no-store";
        if (status == StatusCodes.Status503ServiceUnavailable)
            response.Headers.RetryAfter = RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
        var body = JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string>(StringComparer.Ordinal) { ["error"] = error });
        response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
            await response.Body.WriteAsync(body, context.RequestAborted);
    }
}
