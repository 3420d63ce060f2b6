using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OptiInfra.Commands.Access;
using OptiInfra.Contracts.Access;

namespace OptiInfra.Gateway.Access;

/// <summary>
/// Logs every denial and writes it to the event store: the first of its kind at once, those that follow within a minute as
/// one event with their count, so that somebody who tries ten thousand times writes ten thousand log lines and two events.
/// </summary>
public sealed partial class DenialLog(AccessTokens tokens, TimeProvider clock, ILogger<DenialLog> log) : BackgroundService
{
    const int MostKinds = 1000;
    static readonly TimeSpan Window = TimeSpan.FromMinutes(1);
    static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    readonly Lock gate = new();
    readonly Dictionary<(string Actor, string Operation, string Code), Tally> tallies = [];
    readonly SemaphoreSlim news = new(0);

    /// <param name="caller">Null for somebody who is not signed in.</param>
    /// <param name="address">Whence the request came.</param>
    public void Record(Caller? caller, string? address, string operation, AccessVerdict.Denied denied)
    {
        var actor = caller?.Id ?? $"address {address ?? "unknown"}";
        LogDenied(actor, operation, denied.Code, denied.Reason);
        var now = clock.GetUtcNow();
        lock (gate)
        {
            var key = (actor, operation, denied.Code);
            if (!tallies.TryGetValue(key, out var tally))
            {
                // so many at once is an attack from many addresses: they are counted together
                if (tallies.Count >= MostKinds && !tallies.TryGetValue(key = ("many", "many", denied.Code), out tally))
                    tallies.Add(key, tally = new Tally(null, "More kinds of denials at once than are told apart."));
                else if (tally is null)
                    tallies.Add(key, tally = new Tally(caller?.TokenId, denied.Reason));
            }

            if (tally.Count++ > 0)
                return;
            tally.Since = now;
            if (tally.NextAt <= now)
                news.Release();
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            // by the wall: how often to look has nothing to do with the program's clock
            Task waiting = news.WaitAsync(Look, stoppingToken);
            await waiting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await WriteAsync(all: false, CancellationToken.None);
        }

        // also what came while the last ones were written
        await WriteAsync(all: true, CancellationToken.None);
    }

    async Task WriteAsync(bool all, CancellationToken cancellationToken)
    {
        var due = TakeDue(all);
        if (due.Count == 0)
            return;
        try
        {
            await tokens.RecordDenialsAsync([.. due.Select(d => d.Event)], cancellationToken);
        }
        catch (Exception e)
        {
            LogUnwritten(due.Count, e.Message);
            lock (gate)
            {
                foreach (var (tally, denied) in due)
                    (tally.Count, tally.Since) = (tally.Count + denied.Count, denied.Since);
            }
        }
    }

    List<(Tally Tally, AccessDenied Event)> TakeDue(bool all)
    {
        var now = clock.GetUtcNow();
        List<(Tally, AccessDenied)> due = [];
        lock (gate)
        {
            foreach (var (key, tally) in tallies.ToList())
            {
                if (tally.NextAt > now && !all)
                    continue;
                if (tally.Count == 0)
                {
                    tallies.Remove(key);
                    continue;
                }

                due.Add((tally, new AccessDenied(key.Actor, tally.TokenId, key.Operation, key.Code, tally.Reason, tally.Count, tally.Since, now)));
                (tally.Count, tally.NextAt) = (0, now + Window);
            }
        }

        return due;
    }

    [LoggerMessage(LogLevel.Warning, "{Actor} was denied {Operation} ({Code}): {Reason}")]
    partial void LogDenied(string actor, string operation, string code, string reason);

    [LoggerMessage(LogLevel.Error, "{Count} denials could not be written to the event store and are tried again: {Reason}")]
    partial void LogUnwritten(int count, string reason);

    sealed class Tally(Guid? tokenId, string reason)
    {
        public Guid? TokenId => tokenId;
        public string Reason => reason;
        public int Count { get; set; }
        public DateTimeOffset Since { get; set; }
        public DateTimeOffset NextAt { get; set; } = DateTimeOffset.MinValue;
    }
}
