using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using OptiInfra.Commands.LiveMigrations;

namespace OptiInfra.Gateway.UserProxy;

/// <summary>Leads a job's address to the trainer that is wanted, as soon as that answers; until then everything stays as it is.</summary>
sealed partial class RouteSwitching(TrainerHealth health, ProxyReporting reporting, UserProxyOptions options, WallClock wall, ILogger<RouteSwitching> logger) : IAsyncDisposable
{
    readonly CancellationTokenSource stop = new();
    readonly ConcurrentDictionary<Task, Guid> running = new();

    public void Take(ProxiedJob job, JobRoute route)
    {
        if (!job.Update(route))
            return;
        var task = SwitchAsync(job, stop.Token);
        running[task] = job.Id;
        _ = task.ContinueWith(ended => running.TryRemove(ended, out _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await Task.WhenAll(running.Keys).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.Dispose();
    }

    async Task SwitchAsync(ProxiedJob job, CancellationToken cancellationToken)
    {
        await Task.Yield();
        string? told = null;
        while (true)
        {
            var changed = job.Changed;
            if (job.Pending() is not { } target)
                break;
            if (await health.ProblemAsync(target.Address, cancellationToken) is { } problem)
            {
                job.Report(problem);
                if (told != problem)
                    LogNotSwitched(job.Id, target.Epoch, problem);
                told = problem;
                reporting.Wake();
                await Task.WhenAny(changed, Task.Delay(options.HealthPause, wall.Time, cancellationToken));
                cancellationToken.ThrowIfCancellationRequested();
            }
            else if (job.SwitchTo(target))
            {
                UserProxyInstruments.CountSwitch();
                LogSwitched(job.Id, target.Epoch, target.Address);
            }
        }

        reporting.Wake();
    }

    [LoggerMessage(LogLevel.Information, "The address of job {Job} leads to trainer {Epoch} at {Address}")]
    partial void LogSwitched(Guid job, int epoch, string address);

    [LoggerMessage(LogLevel.Warning, "The address of job {Job} cannot lead to trainer {Epoch} yet: {Problem}")]
    partial void LogNotSwitched(Guid job, int epoch, string problem);
}
