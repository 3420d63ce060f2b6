using System.Text.Json;
using Microsoft.AspNetCore.Http;
using OptiInfra.Gateway.Access;
using OptiInfra.GraphQL.AspNetCore;

namespace OptiInfra.Gateway.GraphQL;

/// <summary>A socket's first message says who asks; the socket is closed soon after that token has ended.</summary>
sealed class SocketSignIn(CallerReader reader, LiveCallers live) : ISocketSessionInterceptor
{
    public async ValueTask<bool> OnConnectAsync(HttpContext context, JsonElement payload, CancellationToken cancellationToken)
    {
        if ((await reader.ReadConnectionInitAsync(context, payload)).Caller is not { } caller)
            return false;
        context.SignIn(caller);
        var watched = live.Watch(caller);
        context.Response.RegisterForDispose(watched);
        context.Response.RegisterForDispose(watched.Ended.Register(context.Abort));
        return true;
    }
}
