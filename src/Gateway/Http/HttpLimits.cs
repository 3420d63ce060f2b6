namespace OptiInfra.Gateway.Http;

/// <summary>What one client may ask of the gateway; rates and durations by the wall's clock.</summary>
public sealed class HttpLimits
{
    /// <summary>Of one token: as many at once as <see cref="BurstPerToken"/>, in the long run as many a second as this.</summary>
    public int RequestsPerSecondPerToken { get; set; } = 100;
    public int BurstPerToken { get; set; } = 400;
    /// <summary>Of one address (IPv6: /64) without a token, for the pages that need none; health is not counted.</summary>
    public int RequestsPerSecondPerAddress { get; set; } = 10;
    public int BurstPerAddress { get; set; } = 50;
    /// <summary>Of one address (IPv6: /64): wrong tokens and failed sign-ins.</summary>
    public int FailedSignInsPerMinute { get; set; } = 10;
    public long MaxRequestBodyBytes { get; set; } = 1024 * 1024;
    public int MaxRequestHeaderBytes { get; set; } = 16 * 1024;
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(30);
    /// <summary>How long a client may take to send a request's headers.</summary>
    public TimeSpan HeadersTimeout { get; set; } = TimeSpan.FromSeconds(10);
    public int MaxConnections { get; set; } = 2000;
    /// <summary>Of these, WebSockets.</summary>
    public int MaxWebSockets { get; set; } = 1000;
    /// <summary>How many events may wait for the client of one subscription before it is ended; it can go on behind its last sequence.</summary>
    public int MaxEventsBehind { get; set; } = 2000;
}
