using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Npgsql;
using OptiInfra.Commands.LiveMigrations;

namespace OptiInfra.Gateway.UserProxy;

/// <summary>Tells the other processes every second that this proxy lives, and what has changed.</summary>
sealed partial class ProxyReporting(ProxyReports reports, RouteTable table, UserProxyOptions options, WallClock wall, ILogger<ProxyReporting> logger)
{
    const int CleanUpEvery = 30;
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    readonly Channel<bool> wakes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    readonly Dictionary<Guid, int> written = [];

    public string ProxyId { get; } = Guid.NewGuid().ToString("N");

    /// <summary>Set once it listens.</summary>
    public string Url { get; set; } = "";

    /// <summary>When this proxy was last written down as living, by its own clock; null before the first time.</summary>
    public DateTimeOffset? WrittenAt { get; private set; }

    /// <summary>Does not wait for the next second.</summary>
    public void Wake() => wakes.Writer.TryWrite(true);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        for (var round = 1; ; round++)
        {
            using var pause = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await Task.WhenAny(wakes.Reader.WaitToReadAsync(pause.Token).AsTask(), Task.Delay(options.Heartbeat, wall.Time, pause.Token));
            await pause.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();
            wakes.Reader.TryRead(out _);
            try
            {
                await WriteAsync(cancellationToken);
                if (round % CleanUpEvery == 0)
                    await reports.CleanUpAsync(cancellationToken);
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                LogNotWritten(e.Message);
            }
        }
    }

    public async Task WriteAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var timer = wall.Time.CreateTimer(_ => limit.Cancel(), null, Longest, Timeout.InfiniteTimeSpan);
        bool isKnown;
        do
        {
            var jobs = table.Open.ToList();
            var changed = jobs.Where(job => written.GetValueOrDefault(job.Id, -1) != job.Version).Select(job => job.Reported(ProxyId)).ToList();
            var closed = written.Keys.Except(jobs.Select(job => job.Id)).ToList();
            var proxy = new ProxyHeartbeat(ProxyId, $"{Environment.MachineName} ({Environment.ProcessId})", Url, default);
            isKnown = await reports.WriteAsync(proxy, [.. changed.Select(c => c.Report)], closed, limit.Token);
            // who was silent for so long that the others deleted him begins anew
            if (!isKnown)
                written.Clear();
            foreach (var (report, version) in changed)
                written[report.JobId] = version;
            foreach (var job in closed)
                written.Remove(job);
        }
        while (!isKnown && written.Count < table.Open.Count());
        WrittenAt = wall.Time.GetUtcNow();
    }

    public Task ForgetAsync(CancellationToken cancellationToken) => reports.ForgetAsync(ProxyId, cancellationToken);

    [LoggerMessage(LogLevel.Warning, "What the proxy does could not be written: {Reason}")]
    partial void LogNotWritten(string reason);
}
