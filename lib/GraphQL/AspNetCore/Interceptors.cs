using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace OptiInfra.GraphQL.AspNetCore;

/// <summary>Sees each request before it is executed: may add what resolvers find in their context data.</summary>
public interface IHttpRequestInterceptor
{
    ValueTask OnCreateAsync(HttpContext context, IDictionary<string, object?> contextData, CancellationToken cancellationToken);
}

/// <summary>Decides whether a socket may stay open.</summary>
public interface ISocketSessionInterceptor
{
    /// <param name="payload">Of connection_init; undefined where there is none.</param>
    /// <returns>False closes the socket as forbidden.</returns>
    ValueTask<bool> OnConnectAsync(HttpContext context, JsonElement payload, CancellationToken cancellationToken);
}
