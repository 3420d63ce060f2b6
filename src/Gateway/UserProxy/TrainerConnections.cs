namespace OptiInfra.Gateway.UserProxy;

/// <summary>Connections to trainers: requests go out as they are made, and nothing is followed, unpacked or remembered.</summary>
sealed class TrainerConnections(UserProxyOptions options) : IDisposable
{
    /// <summary>Shorter than servers keep theirs, so that a request seldom meets one that is just being closed.</summary>
    static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(5);

    readonly HttpMessageInvoker http = new(new SocketsHttpHandler
    {
        ActivityHeadersPropagator = null,
        AllowAutoRedirect = false,
        AutomaticDecompression = System.Net.DecompressionMethods.None,
        ConnectTimeout = options.ConnectTimeout,
        PooledConnectionIdleTimeout = IdleTimeout,
        UseCookies = false,
        UseProxy = false,
    });

    /// <summary>The answer's headers; its body is still to come.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => http.SendAsync(request, cancellationToken);

    public void Dispose() => http.Dispose();
}

/// <summary>Networks and people run on the wall's time, whatever the platform's clock says.</summary>
sealed record WallClock(TimeProvider Time);
