using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OptiInfra.EventStore;

namespace OptiInfra.Gateway.GraphQL;

/// <summary>
/// Rebuilds that were asked for here. The process that leads the projection does the work, this one where none does; what
/// was asked for is in the database, so that it goes on when this process ends.
/// </summary>
sealed partial class ProjectionRebuilds(IDocumentStore store, IHostApplicationLifetime lifetime, ILogger<ProjectionRebuilds> log)
{
    readonly ConcurrentDictionary<string, Lazy<Rebuild>> going = new(StringComparer.Ordinal);

    /// <returns>Where the projection stands, as soon as its rebuild has been asked for.</returns>
    /// <exception cref="CommandRefusedException">There is no such projection, or it could not be rebuilt.</exception>
    public async Task<ProjectionStatus> BeginAsync(string name, string asker, CancellationToken cancellationToken)
    {
        var known = store.Options.Projections.All.Select(p => p.Projection.Name).ToList();
        if (!known.Contains(name, StringComparer.Ordinal))
            throw new CommandRefusedException("unknown_projection", $"There is no projection of that name; there are: {string.Join(", ", known)}.");
        var rebuild = going.GetOrAdd(name, _ => new Lazy<Rebuild>(() => Start(name, asker))).Value;
        await Task.WhenAny(rebuild.Begun, rebuild.Done).WaitAsync(cancellationToken);
        if (rebuild.Done.IsFaulted)
            throw new CommandRefusedException("rebuild_stopped", $"{rebuild.Done.Exception!.InnerException!.Message.TrimEnd('.')}. What was read before is read still.");
        return (await store.AllProjectionProgressAsync(cancellationToken)).First(p => p.IsOwn && p.Name == name);
    }

    Rebuild Start(string name, string asker)
    {
        LogBegun(name, asker);
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return new Rebuild(begun.Task, Task.Run(() => RunAsync(name, begun)));
    }

    async Task RunAsync(string name, TaskCompletionSource begun)
    {
        try
        {
            await using var daemon = store.BuildProjectionDaemon();
            await daemon.RebuildProjectionAsync(name, new Told(begun), lifetime.ApplicationStopping);
            LogDone(name);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogStopped(name, e.Message);
            throw;
        }
        finally
        {
            going.TryRemove(name, out _);
        }
    }

    /// <param name="Begun">It is in the database.</param>
    sealed record Rebuild(Task Begun, Task Done);

    sealed class Told(TaskCompletionSource begun) : IProgress<RebuildProgress>
    {
        public void Report(RebuildProgress value) => begun.TrySetResult();
    }

    [LoggerMessage(LogLevel.Information, "{Asker} asked for projection {Name} to be rebuilt.")]
    partial void LogBegun(string name, string asker);

    [LoggerMessage(LogLevel.Information, "Projection {Name} was rebuilt.")]
    partial void LogDone(string name);

    [LoggerMessage(LogLevel.Error, "Projection {Name} was not rebuilt: {Reason}")]
    partial void LogStopped(string name, string reason);
}
