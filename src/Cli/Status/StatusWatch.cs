using OptiInfra.Cli.Errors;
using OptiInfra.Cli.Output;
using OptiInfra.Contracts.SpotMigrations;
using OptiInfra.EventStore;
using OptiInfra.Projections;
using Spectre.Console;

namespace OptiInfra.Cli.Status;

/// <summary>Follows one migration: a live table for a person, one line per event for a log. Goes on where it stopped.</summary>
sealed class StatusWatch(IAnsiConsole console, IDocumentStore store, PlatformSettings settings, Guid id)
{
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
    const int LinesShown = 8;

    long told;

    /// <returns>0 when it is complete, 1 when it ended otherwise.</returns>
    public static async Task<int> UntilOverAsync(IAnsiConsole console, IDocumentStore store, PlatformSettings settings, Guid id, CancellationToken cancellationToken)
    {
        var over = await new StatusWatch(console, store, settings, id).UntilAsync(s => s.IsOver, cancellationToken);
        return over.Status == MigrationStatus.Complete ? ExitCode.Done : ExitCode.Failed;
    }

    public Task<MigrationSummary> UntilAsync(Func<MigrationSummary, bool> reached, CancellationToken cancellationToken) =>
        console.Profile.Capabilities.Interactive ? LiveAsync(reached, cancellationToken) : LinesAsync(reached, cancellationToken);

    Task<MigrationSummary> LiveAsync(Func<MigrationSummary, bool> reached, CancellationToken cancellationToken) =>
        console.Live(new Text($"Migration {id}: waiting for its read model…")).StartAsync(async live =>
        {
            while (true)
            {
                await using (var session = store.QuerySession(settings.Customer))
                {
                    if (await session.LoadAsync<MigrationSummary>(id, cancellationToken) is { } summary)
                    {
                        var timeline = await session.LoadAsync<MigrationTimeline>(id, cancellationToken);
                        var moves = await session.LoadAsync<MigrationMoves>(id, cancellationToken);
                        live.UpdateTarget(MigrationView.Of(summary, moves, timeline?.Lines.TakeLast(LinesShown).ToList() ?? [], settings.Clock.GetUtcNow()));
                        if (reached(summary))
                            return summary;
                    }
                }

                await Task.Delay(Pause, TimeProvider.System, cancellationToken);
            }
        });

    async Task<MigrationSummary> LinesAsync(Func<MigrationSummary, bool> reached, CancellationToken cancellationToken)
    {
        while (true)
        {
            await using (var session = store.QuerySession(settings.Customer))
            {
                var summary = await session.LoadAsync<MigrationSummary>(id, cancellationToken);
                var head = await session.Events.FetchStreamStateAsync(id, cancellationToken);
                var timeline = await session.LoadAsync<MigrationTimeline>(id, cancellationToken);
                foreach (var line in timeline?.Lines.Where(l => l.Version > told).ToList() ?? [])
                {
                    console.Say($"{Amounts.Clock(line.At)}  {line.Text}");
                    told = line.Version;
                }

                // the views follow the log each on its own: the end only when the last line is told too
                if (summary is not null && reached(summary) && (!summary.IsOver || head?.Version <= told))
                    return summary;
            }

            await Task.Delay(Pause, TimeProvider.System, cancellationToken);
        }
    }
}
