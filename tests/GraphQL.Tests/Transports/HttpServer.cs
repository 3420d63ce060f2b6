using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OptiInfra.GraphQL.AspNetCore;

namespace OptiInfra.GraphQL.Tests.Transports;

/// <summary>A server on a free port of this machine, which clients of other makers talk to.</summary>
public sealed class HttpServer : IAsyncLifetime
{
    WebApplication _application = null!;

    public string Url { get; private set; } = "";
    public string SocketUrl => Url.Replace("http://", "ws://", StringComparison.Ordinal);
    public HttpClient Client { get; } = new();

    public sealed class Query
    {
        public string Hello => "world";
        public string? Fails => throw new InvalidOperationException("secret");
    }

    public sealed class Mutation
    {
        public string Echo(string text) => text;
    }

    public sealed class Subscription
    {
        [Subscribe(With = nameof(Count))]
        public string Greet([EventMessage] int number) => $"hello {number}";

        public static async IAsyncEnumerable<int> Count(int n)
        {
            for (var i = 1; i <= n; i++)
            {
                await Task.Yield();
                yield return i;
            }
        }

        [Subscribe(With = nameof(Forever))]
        public int Endless([EventMessage] int number) => number;

        public static async IAsyncEnumerable<int> Forever([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            for (var i = 1; ; i++)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, cancellationToken);
                yield return i;
            }
        }
    }

    sealed class Door : ISocketSessionInterceptor
    {
        public ValueTask<bool> OnConnectAsync(HttpContext context, JsonElement payload, CancellationToken cancellationToken) =>
            new(payload.ValueKind != JsonValueKind.Object || !payload.TryGetProperty("token", out var token) || token.GetString() == "right");
    }

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddGraphQLServer()
            .AddQueryType<Query>()
            .AddMutationType<Mutation>()
            .AddSubscriptionType<Subscription>()
            .AddSocketSessionInterceptor<Door>()
            // an audit asks for a type by a variable
            .DisableIntrospection(disable: false)
            .ModifyServerOptions(options => options.ConnectionInitializationTimeout = TimeSpan.FromSeconds(2));
        _application = builder.Build();
        _application.UseWebSockets();
        _application.MapGraphQL();
        await _application.StartAsync();
        Url = _application.Urls.Single() + "/graphql";
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _application.DisposeAsync();
    }
}
