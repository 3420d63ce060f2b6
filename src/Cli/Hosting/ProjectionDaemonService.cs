using Microsoft.Extensions.Hosting;
using OptiInfra.EventStore;

namespace OptiInfra.Cli.Hosting;

/// <summary>Runs the daemon that builds the read models as long as the host runs.</summary>
sealed class ProjectionDaemonService(IDocumentStore store) : IHostedService, IAsyncDisposable
{
    readonly IProjectionDaemon daemon = store.BuildProjectionDaemon();

    public Task StartAsync(CancellationToken cancellationToken) => daemon.StartAllAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => daemon.StopAllAsync(cancellationToken);

    public ValueTask DisposeAsync() => daemon.DisposeAsync();
}
