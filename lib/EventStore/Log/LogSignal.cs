using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace OptiInfra.EventStore;

/// <summary>
/// Tells followers that something was appended: those of this process at once, those of others through NOTIFY. NOTIFY is
/// sent behind the commit and at most once per <see cref="Quiet"/>, because inside the appending transaction it would
/// take a lock on the whole database for the length of the commit. What is lost on the way costs a follower its poll.
/// </summary>
sealed class LogSignal(DocumentStore store) : IAsyncDisposable
{
    static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(10);
    static readonly TimeSpan ConnectionCheck = TimeSpan.FromSeconds(30);

    readonly Lock gate = new();
    readonly CancellationTokenSource stopping = new();
    readonly Channel<bool> notifications = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    readonly ILogger logger = store.Logger<LogSignal>();
    TaskCompletionSource next = NewSource();
    Task? notifying;
    Task? listening;
    CancellationTokenSource? stopListening;
    int listeners;

    string ChannelName => store.Options.DatabaseSchemaName + "_events";

    /// <summary>Completes at the next append; to be taken before the log is read.</summary>
    public Task Next => Volatile.Read(ref next).Task;

    /// <returns>Whether it was woken, rather than tired of waiting.</returns>
    public static async Task<bool> WaitAsync(Task wake, TimeSpan atMost, CancellationToken cancellationToken)
    {
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(wake, Task.Delay(atMost, TimeProvider.System, timer.Token));
        await timer.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
        return wake.IsCompleted;
    }

    /// <summary>Called after a commit, of events or of something else that followers should look at.</summary>
    public void Appended()
    {
        Wake();
        notifications.Writer.TryWrite(true);
        if (notifying is null)
            lock (gate)
                if (!stopping.IsCancellationRequested)
                    notifying ??= Task.Run(NotifyAsync);
    }

    /// <summary>Hears other processes until disposed.</summary>
    public IDisposable Listen()
    {
        lock (gate)
        {
            if (listeners++ == 0 && !stopping.IsCancellationRequested)
            {
                stopListening = CancellationTokenSource.CreateLinkedTokenSource(stopping.Token);
                var token = stopListening.Token;
                listening = Task.Run(() => ListenAsync(token), CancellationToken.None);
            }
        }
        return new Listener(this);
    }

    void Wake() => Interlocked.Exchange(ref next, NewSource()).TrySetResult();

    async Task NotifyAsync()
    {
        try
        {
            await foreach (var _ in notifications.Reader.ReadAllAsync(stopping.Token))
            {
                try
                {
                    await using var batch = store.DataSource.CreateBatch();
                    // it has a commit of its own, and nothing in it that would have to be safe before others hear of it
                    batch.BatchCommands.Add(new("select set_config('synchronous_commit', 'off', true)"));
                    batch.BatchCommands.Add(new($"notify \"{ChannelName}\""));
                    await batch.ExecuteNonQueryAsync(stopping.Token);
                }
                catch (Exception e) when (PostgresErrors.IsConnectionLoss(e))
                {
                    logger.LogDebug("No notification of an append could be sent ({Reason}); followers poll.", e.Message);
                }
                await Task.Delay(Quiet, TimeProvider.System, stopping.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // the store is being disposed
        }
    }

    async Task ListenAsync(CancellationToken cancellationToken)
    {
        var retry = new Backoff();
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await using var connection = await store.OpenDedicatedConnectionAsync(cancellationToken);
                connection.Notification += (_, _) => Wake();
                await using (var command = new NpgsqlCommand($"listen \"{ChannelName}\"", connection))
                    await command.ExecuteNonQueryAsync(cancellationToken);
                retry.Reset();
                Wake();
                while (true)
                    if (!await connection.WaitAsync(ConnectionCheck, cancellationToken))
                        await using (var check = new NpgsqlCommand("select 1", connection))
                            await check.ExecuteNonQueryAsync(cancellationToken);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception e)
            {
                logger.LogDebug("Notifications of appends are not heard ({Reason}); polling until they are.", e.Message);
                await retry.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    void StopListening()
    {
        lock (gate)
        {
            if (--listeners > 0)
                return;
            stopListening?.Cancel();
            stopListening = null;
        }
    }

    static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    public async ValueTask DisposeAsync()
    {
        Task?[] tasks;
        lock (gate)
        {
            stopping.Cancel();
            tasks = [notifying, listening];
        }
        foreach (var task in tasks)
            if (task is not null)
                await task;
    }

    sealed class Listener(LogSignal signal) : IDisposable
    {
        LogSignal? signal = signal;

        public void Dispose() => Interlocked.Exchange(ref signal, null)?.StopListening();
    }
}
