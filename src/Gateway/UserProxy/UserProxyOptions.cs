namespace OptiInfra.Gateway.UserProxy;

/// <summary>Settings of the endpoint proxy. Durations by the wall's clock.</summary>
public sealed class UserProxyOptions
{
    public const string DefaultUrl = "http://127.0.0.1:5070";

    /// <summary>Where it listens; port 0 takes a free one. It asks nobody who he is: whoever reaches it reaches the jobs.</summary>
    public string Url { get; set; } = DefaultUrl;
    /// <summary>Where users reach it, when something stands before it; <see cref="Url"/> when null.</summary>
    public Uri? PublicUrl { get; set; }
    public long MaxRequestBodyBytes { get; set; } = 100 * 1024 * 1024;
    /// <summary>Bodies up to here, of a length told in advance, are kept until their request is answered, so that it can be sent again.</summary>
    public int MaxKeptBodyBytes { get; set; } = 1024 * 1024;
    public int MaxRequestHeaderBytes { get; set; } = 32 * 1024;
    public int MaxConnections { get; set; } = 10_000;
    /// <summary>How long a client may take to send a request's headers.</summary>
    public TimeSpan HeadersTimeout { get; set; } = TimeSpan.FromSeconds(10);
    /// <summary>How long a request is held and tried again while its job has no trainer that answers.</summary>
    public TimeSpan RetryFor { get; set; } = TimeSpan.FromSeconds(10);
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(2);
    /// <summary>How long a trainer may take to begin its answer.</summary>
    public TimeSpan AnswerTimeout { get; set; } = TimeSpan.FromSeconds(100);
    public TimeSpan HealthTimeout { get; set; } = TimeSpan.FromSeconds(2);
    /// <summary>Between two looks at a trainer that is to get the endpoint and is not healthy.</summary>
    public TimeSpan HealthPause { get; set; } = TimeSpan.FromMilliseconds(500);
    public TimeSpan Heartbeat { get; set; } = TimeSpan.FromSeconds(1);
    /// <summary>Of a trainer: what a request to it changes nothing there, so that it may be sent twice whatever its method.</summary>
    public IReadOnlyList<string> SafePaths { get; set; } = ["/predict", "/health", "/metrics"];
    /// <summary>How long requests may still take when the program stops.</summary>
    public TimeSpan StopWithin { get; set; } = TimeSpan.FromSeconds(5);
}
