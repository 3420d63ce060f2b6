namespace OptiInfra.Gateway;

/// <summary>Settings of the gateway.</summary>
public sealed class GatewayOptions
{
    public const string DefaultUrl = "http://127.0.0.1:5080";

    /// <summary>Where it listens; port 0 takes a free one.</summary>
    public string Url { get; set; } = DefaultUrl;
    /// <summary>Where RabbitMQ is, for the readiness page: <c>amqp://user:password@host:port/vhost</c>; null leaves that check out.</summary>
    public Uri? RabbitMq { get; set; }
    /// <summary>How long an event may wait for the relay or a projection before the readiness page says so, by the injected clock.</summary>
    public TimeSpan MaxLag { get; set; } = TimeSpan.FromSeconds(30);
    /// <summary>How long a check may take.</summary>
    public TimeSpan CheckTimeout { get; set; } = TimeSpan.FromSeconds(3);
}
