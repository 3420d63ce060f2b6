using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OptiInfra.Commands.Access;

namespace OptiInfra.Gateway.Access;

/// <summary>
/// Ends what a connection does for a caller, within a second or two, when its token is revoked anywhere or expires. A
/// request that ends soon needs no watch; a subscription does.
/// </summary>
public sealed partial class LiveCallers(AccessTokens tokens, TimeProvider clock, ILogger<LiveCallers> log) : BackgroundService
{
    static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    readonly Lock gate = new();
    readonly HashSet<Watched> watched = [];

    /// <summary>Dispose it when the connection is closed.</summary>
    public Watched Watch(Caller caller)
    {
        var entry = new Watched(this, caller);
        lock (gate)
            watched.Add(entry);
        return entry;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // by the wall: a revocation by a person must hold within a second of a person
        using var timer = new PeriodicTimer(Look, TimeProvider.System);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await LookAsync(stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogBlind(e.Message);
            }
        }
    }

    async Task LookAsync(CancellationToken cancellationToken)
    {
        List<Watched> present;
        lock (gate)
            present = [.. watched];
        if (present.Count == 0)
            return;
        var now = clock.GetUtcNow();
        var revoked = (await tokens.RevokedAsync([.. present.Select(w => w.Caller.TokenId).Distinct()], cancellationToken)).Select(t => t.Id).ToHashSet();
        foreach (var entry in present)
            if (now >= entry.Caller.ExpiresAt || revoked.Contains(entry.Caller.TokenId))
                entry.End();
    }

    [LoggerMessage(LogLevel.Warning, "Whether tokens of open connections were revoked cannot be read: {Reason}")]
    partial void LogBlind(string reason);

    /// <summary>A connection under watch.</summary>
    public sealed class Watched : IDisposable
    {
        readonly LiveCallers live;
        readonly CancellationTokenSource ended = new();

        internal Watched(LiveCallers live, Caller caller) => (this.live, Caller) = (live, caller);

        public Caller Caller { get; }

        /// <summary>Cancelled when the caller's token is worth nothing any more.</summary>
        public CancellationToken Ended => ended.Token;

        internal void End()
        {
            lock (live.gate)
                if (!live.watched.Remove(this))
                    return;
            ended.Cancel();
        }

        public void Dispose()
        {
            lock (live.gate)
                live.watched.Remove(this);
        }
    }
}
