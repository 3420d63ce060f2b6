using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace OptiInfra.Gateway.UserProxy;

/// <summary>The proxy's address is taken by another program.</summary>
public sealed class UserProxyAddressException(string message, Exception inner) : Exception(message, inner);

/// <summary>Listens for the users of jobs as long as the program runs: a server of its own, apart from the gateway's sign-in and pages.</summary>
sealed partial class UserProxyService : IHostedService, IHttpApplication<HttpContext>, IAsyncDisposable
{
    readonly UserProxyOptions options;
    readonly RouteFollower follower;
    readonly ProxyReporting reporting;
    readonly Forwarder forwarder;
    readonly ILogger<UserProxyService> logger;
    readonly IHostApplicationLifetime? lifetime;
    readonly KestrelServer server;
    readonly CancellationTokenSource stop = new();
    readonly TaskCompletionSource isReady = new(TaskCreationOptions.RunContinuationsAsynchronously);
    Task running = Task.CompletedTask;

    public UserProxyService(UserProxyOptions options, RouteFollower follower, ProxyReporting reporting, Forwarder forwarder, ILoggerFactory loggers, IHostApplicationLifetime? lifetime = null)
    {
        (this.options, this.follower, this.reporting, this.forwarder) = (options, follower, reporting, forwarder);
        logger = loggers.CreateLogger<UserProxyService>();
        this.lifetime = lifetime;
        var kestrel = new KestrelServerOptions { AddServerHeader = false };
        kestrel.Limits.MaxRequestBodySize = options.MaxRequestBodyBytes;
        kestrel.Limits.MaxRequestHeadersTotalSize = options.MaxRequestHeaderBytes;
        kestrel.Limits.MaxConcurrentConnections = options.MaxConnections;
        kestrel.Limits.RequestHeadersTimeout = options.HeadersTimeout;
        server = new KestrelServer(Options.Create(kestrel), new SocketTransportFactory(Options.Create(new SocketTransportOptions()), loggers), loggers);
    }

    /// <summary>Returns once it listens, knows all routes and counts among the proxies.</summary>
    /// <exception cref="UserProxyAddressException">The address is taken.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await follower.LoadAsync(cancellationToken);
        var addresses = server.Features.GetRequiredFeature<IServerAddressesFeature>().Addresses;
        addresses.Add(options.Url);
        try
        {
            await server.StartAsync(this, cancellationToken);
        }
        catch (IOException e) when (e.InnerException is AddressInUseException)
        {
            throw new UserProxyAddressException($"{options.Url}, where the endpoint proxy should listen, is taken by another program; stop that one, or choose another address with OPTIINFRA_PROXY_URL.", e);
        }

        reporting.Url = (options.PublicUrl?.ToString() ?? addresses.First()).TrimEnd('/');
        // a proxy that serves without being counted could go on leading to a trainer that all others have left
        await reporting.WriteAsync(cancellationToken);
        isReady.SetResult();
        running = Task.WhenAll(UntilStoppedAsync(follower.FollowAsync), UntilStoppedAsync(follower.KeepAsync), UntilStoppedAsync(reporting.RunAsync));
        LogListens(reporting.Url);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(options.StopWithin);
        await server.StopAsync(limit.Token);
        await stop.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        try
        {
            await reporting.ForgetAsync(CancellationToken.None);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            LogNotForgotten(e.Message);
        }
    }

    async Task UntilStoppedAsync(Func<CancellationToken, Task> work)
    {
        try
        {
            await work(stop.Token);
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            // routes that no event reaches any more would lead to trainers that are gone
            LogGaveUp(e);
            lifetime?.StopApplication();
        }
    }

    public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    public async Task ProcessRequestAsync(HttpContext context)
    {
        await isReady.Task;
        await forwarder.InvokeAsync(context);
    }

    public void DisposeContext(HttpContext context, Exception? exception)
    {
        if (exception is not null)
            LogFailed(exception);
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        server.Dispose();
        stop.Dispose();
    }

    [LoggerMessage(LogLevel.Information, "Jobs are reached at {Url}/jobs/{{job}}")]
    partial void LogListens(string url);

    [LoggerMessage(LogLevel.Warning, "The proxy could not take itself off the list: {Reason}")]
    partial void LogNotForgotten(string reason);

    [LoggerMessage(LogLevel.Critical, "The proxy cannot go on")]
    partial void LogGaveUp(Exception exception);

    [LoggerMessage(LogLevel.Error, "A request could not be forwarded")]
    partial void LogFailed(Exception exception);
}
