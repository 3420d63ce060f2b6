using OptiInfra.Cli.Output;
using OptiInfra.EventStore;
using OptiInfra.Projections;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace OptiInfra.Cli.Status;

/// <summary>Follows one stream by its read models: a live table for a person, one line per event for a log. Goes on where it stopped.</summary>
abstract class Following<TSummary>(IAnsiConsole console, IDocumentStore store, PlatformSettings settings, Guid id) where TSummary : class
{
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
    const int LinesShown = 8;

    long told;

    protected Guid Id => id;
    protected DateTimeOffset Now => settings.Clock.GetUtcNow();

    protected abstract bool IsOver(TSummary summary);

    protected abstract Task<IReadOnlyList<TimelineLine>> LinesAsync(IQuerySession session, CancellationToken cancellationToken);

    protected abstract Task<IRenderable> ViewAsync(IQuerySession session, TSummary summary, IReadOnlyList<TimelineLine> last, CancellationToken cancellationToken);

    public Task<TSummary> UntilAsync(Func<TSummary, bool> reached, CancellationToken cancellationToken) =>
        console.Profile.Capabilities.Interactive ? LiveAsync(reached, cancellationToken) : LinesAsync(reached, cancellationToken);

    Task<TSummary> LiveAsync(Func<TSummary, bool> reached, CancellationToken cancellationToken) =>
        console.Live(new Text($"{id}: waiting for its read model…")).StartAsync(async live =>
        {
            while (true)
            {
                await using (var session = store.QuerySession(settings.Customer))
                {
                    if (await session.LoadAsync<TSummary>(id, cancellationToken) is { } summary)
                    {
                        var lines = await LinesAsync(session, cancellationToken);
                        live.UpdateTarget(await ViewAsync(session, summary, [.. lines.TakeLast(LinesShown)], cancellationToken));
                        if (reached(summary))
                            return summary;
                    }
                }

                await Task.Delay(Pause, TimeProvider.System, cancellationToken);
            }
        });

    async Task<TSummary> LinesAsync(Func<TSummary, bool> reached, CancellationToken cancellationToken)
    {
        while (true)
        {
            await using (var session = store.QuerySession(settings.Customer))
            {
                var summary = await session.LoadAsync<TSummary>(id, cancellationToken);
                var head = await session.Events.FetchStreamStateAsync(id, cancellationToken);
                foreach (var line in (await LinesAsync(session, cancellationToken)).Where(l => l.Version > told))
                {
                    console.Say($"{Amounts.Clock(line.At)}  {line.Text}");
                    told = line.Version;
                }

                // the views follow the log each on its own: the end only when the last line is told too
                if (summary is not null && reached(summary) && (!IsOver(summary) || head?.Version <= told))
                    return summary;
            }

            await Task.Delay(Pause, TimeProvider.System, cancellationToken);
        }
    }
}
