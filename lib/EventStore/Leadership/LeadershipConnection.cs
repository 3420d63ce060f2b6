using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;

namespace OptiInfra.EventStore;

/// <summary>
/// All leaderships of one store in one process: session-level advisory locks on one dedicated connection, which is
/// tried every <see cref="CheckEvery"/> also when nobody waits. When it is lost, so are they all. A process that dies
/// loses its locks at once; a machine that vanishes, as soon as the server's TCP keep-alive gives it up (about 10 s); one
/// that stands still, when it has said nothing for <see cref="SilentAtMost"/>.
/// The old leader may not yet know while the new one begins: what a leader writes must be guarded by its position.
/// </summary>
sealed class LeadershipConnection(DocumentStore store) : IAsyncDisposable
{
    static readonly TimeSpan CheckEvery = TimeSpan.FromSeconds(2);
    static readonly TimeSpan TryEvery = TimeSpan.FromMilliseconds(500);
    const int CheckTimeoutSeconds = 4;
    /// <summary>Some of <see cref="CheckEvery"/>, so that a busy machine does not lose its leaderships; known from PostgreSQL 14 on.</summary>
    const string SilentAtMost = "8s";

    public const string LockPurpose = "event_store.leadership";

    readonly Lock gate = new();
    readonly Dictionary<string, Held> held = new(StringComparer.Ordinal);
    readonly List<Waiter> waiters = [];
    readonly List<string> released = [];
    readonly CancellationTokenSource stopping = new();
    readonly ILogger logger = store.Logger<LeadershipConnection>();
    TaskCompletionSource work = NewSource();
    Task? loop;

    public Task<ILeadership> AcquireAsync(string name, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        cancellationToken.ThrowIfCancellationRequested();
        var waiter = new Waiter(name);
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(stopping.IsCancellationRequested, store);
            waiters.Add(waiter);
            loop ??= Task.Run(RunAsync, CancellationToken.None);
            work.TrySetResult();
        }
        return WaitAsync(waiter, cancellationToken);
    }

    async Task<ILeadership> WaitAsync(Waiter waiter, CancellationToken cancellationToken)
    {
        await using var cancelled = cancellationToken.Register(() => Withdraw(waiter, () => waiter.Granted.TrySetCanceled(cancellationToken)));
        return await waiter.Granted.Task;
    }

    void Withdraw(Waiter waiter, Func<bool> complete)
    {
        lock (gate)
        {
            waiters.Remove(waiter);
            complete();
        }
    }

    async Task RunAsync()
    {
        var retry = new Backoff();
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await using var connection = await store.OpenDedicatedConnectionAsync(stopping.Token);
                await using (var bound = new NpgsqlCommand($"set idle_session_timeout = '{SilentAtMost}'", connection))
                    await bound.ExecuteNonQueryAsync(stopping.Token);
                retry.Reset();
                await ServeAsync(connection);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                break;
            }
            catch (Exception e)
            {
                LoseAll(e.Message);
                await retry.WaitAsync(stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        LoseAll("the store is being disposed");
    }

    async Task ServeAsync(NpgsqlConnection connection)
    {
        while (true)
        {
            TimeSpan pause;
            Task more;
            List<string> giveUp, wanted;
            lock (gate)
            {
                work = NewSource();
                more = work.Task;
                giveUp = [.. released];
                wanted = [.. waiters.Select(w => w.Name).Distinct(StringComparer.Ordinal).Where(n => !held.ContainsKey(n))];
                pause = waiters.Count > 0 ? TryEvery : CheckEvery;
            }
            await ReleaseAsync(connection, giveUp);
            foreach (var name in wanted)
                if (await TryLockAsync(connection, name))
                    Grant(name);
            await using (var check = new NpgsqlCommand("select 1", connection) { CommandTimeout = CheckTimeoutSeconds })
                await check.ExecuteNonQueryAsync(stopping.Token);
            await LogSignal.WaitAsync(more, pause, stopping.Token);
        }
    }

    async Task ReleaseAsync(NpgsqlConnection connection, List<string> names)
    {
        foreach (var name in names)
        {
            await using var command = LockCommand(connection, "pg_advisory_unlock", name);
            await command.ExecuteNonQueryAsync(stopping.Token);
            lock (gate)
            {
                released.Remove(name);
                held.Remove(name);
                work.TrySetResult();
            }
        }
    }

    async Task<bool> TryLockAsync(NpgsqlConnection connection, string name)
    {
        await using var command = LockCommand(connection, "pg_try_advisory_lock", name);
        return (bool)(await command.ExecuteScalarAsync(stopping.Token))!;
    }

    NpgsqlCommand LockCommand(NpgsqlConnection connection, string function, string name)
    {
        var (lockClass, lockKey) = StableHash.LockKey(LockPurpose, store.Options.DatabaseSchemaName, name);
        var command = new NpgsqlCommand($"select {function}($1, $2)", connection) { CommandTimeout = CheckTimeoutSeconds };
        command.Parameters.Add(Parameter.Of(NpgsqlDbType.Integer, lockClass));
        command.Parameters.Add(Parameter.Of(NpgsqlDbType.Integer, lockKey));
        return command;
    }

    void Grant(string name)
    {
        var leadership = new Held(this, name);
        lock (gate)
        {
            held.Add(name, leadership);
            while (waiters.Find(w => w.Name == name) is { } first)
            {
                waiters.Remove(first);
                if (first.Granted.TrySetResult(leadership))
                    return;
            }
        }
        // nobody waits for it any more
        Release(leadership);
    }

    void Release(Held leadership)
    {
        lock (gate)
        {
            if (held.GetValueOrDefault(leadership.Name) != leadership || released.Contains(leadership.Name))
                return;
            released.Add(leadership.Name);
            work.TrySetResult();
        }
    }

    void LoseAll(string reason)
    {
        List<Held> lost;
        lock (gate)
        {
            // what was handed back and not unlocked yet is nobody's loss
            lost = [.. held.Values.Where(h => !released.Contains(h.Name))];
            held.Clear();
            released.Clear();
        }
        if (lost.Count > 0)
            logger.LogWarning("Leadership of {Names} is lost ({Reason}).", string.Join(", ", lost.Select(l => l.Name)), reason);
        foreach (var leadership in lost)
            leadership.Lose();
    }

    public async ValueTask DisposeAsync()
    {
        Task? running;
        lock (gate)
        {
            stopping.Cancel();
            running = loop;
        }
        if (running is not null)
            await running;
        List<Waiter> left;
        lock (gate)
        {
            left = [.. waiters];
            waiters.Clear();
        }
        foreach (var waiter in left)
            waiter.Granted.TrySetException(new ObjectDisposedException(nameof(DocumentStore)));
    }

    static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    sealed class Waiter(string name)
    {
        public string Name => name;
        public TaskCompletionSource<ILeadership> Granted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    sealed class Held(LeadershipConnection owner, string name) : ILeadership
    {
        readonly CancellationTokenSource lost = new();

        public string Name => name;
        public CancellationToken Lost => lost.Token;

        public void Lose() => lost.Cancel();

        /// <summary>The lock is given back within moments; until then nobody leads.</summary>
        public ValueTask DisposeAsync()
        {
            owner.Release(this);
            return ValueTask.CompletedTask;
        }
    }
}
