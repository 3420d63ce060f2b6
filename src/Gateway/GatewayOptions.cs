using System.Security.Cryptography.X509Certificates;
using OptiInfra.EventStore;
using OptiInfra.Gateway.Http;
using OptiInfra.Gateway.SignIn;

namespace OptiInfra.Gateway;

/// <summary>Settings of the gateway.</summary>
public sealed class GatewayOptions
{
    public const string DefaultUrl = "http://127.0.0.1:5080";

    /// <summary>Where it listens; port 0 takes a free one.</summary>
    public string Url { get; set; } = DefaultUrl;
    /// <summary>Where people and programs reach it, when a proxy stands before it; <see cref="Url"/> when null.</summary>
    public Uri? PublicUrl { get; set; }
    /// <summary>Listen elsewhere than on this machine without TLS: only behind a proxy that brings it.</summary>
    public bool AllowPlainHttp { get; set; }
    /// <summary>With its private key, for https; Kestrel's own configuration when null.</summary>
    public X509Certificate2? Certificate { get; set; }
    public SignInOptions SignIn { get; } = new();
    /// <summary>Whether GraphQL clients may ask for the schema; where null, only in the environment Development.</summary>
    public bool? AllowIntrospection { get; set; }
    /// <summary>Where the build put GraphiQL; without it the page at /graphiql tells how to build it.</summary>
    public string GraphiQLFolder { get; set; } = Path.Combine(AppContext.BaseDirectory, "graphiql");
    public HttpLimits Limits { get; } = new();
    /// <summary>Web origins, such as https://console.example.com, whose pages may ask with a token; never with the session's cookie.</summary>
    public IList<string> CorsOrigins { get; } = [];
    /// <summary>Networks in CIDR notation whose X-Forwarded-For, -Proto and -Host are believed.</summary>
    public IList<System.Net.IPNetwork> TrustedProxies { get; } = [];
    /// <summary>Where RabbitMQ is, for the readiness page: <c>amqp://user:password@host:port/vhost</c>; null leaves that check out.</summary>
    public Uri? RabbitMq { get; set; }
    /// <summary>How long an event may wait for the relay or a projection before the readiness page says so, by the injected clock.</summary>
    public TimeSpan MaxLag { get; set; } = TimeSpan.FromSeconds(30);
    /// <summary>What holds up the relay, in a sentence, wherever it runs; asked by the readiness page.</summary>
    public Func<IDocumentStore, CancellationToken, Task<string?>>? RelayProblemAsync { get; set; }
    /// <summary>How long a check may take.</summary>
    public TimeSpan CheckTimeout { get; set; } = TimeSpan.FromSeconds(3);
}
