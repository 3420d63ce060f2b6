using OptiInfra.Cli.Errors;
using OptiInfra.Contracts.SpotMigrations;
using OptiInfra.EventStore;
using OptiInfra.Projections;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace OptiInfra.Cli.Status;

/// <summary>Follows one migration.</summary>
sealed class StatusWatch(IAnsiConsole console, IDocumentStore store, PlatformSettings settings, Guid id) : Following<MigrationSummary>(console, store, settings, id)
{
    /// <returns>0 when it is complete, 1 when it ended otherwise.</returns>
    public static async Task<int> UntilOverAsync(IAnsiConsole console, IDocumentStore store, PlatformSettings settings, Guid id, CancellationToken cancellationToken)
    {
        var over = await new StatusWatch(console, store, settings, id).UntilAsync(s => s.IsOver, cancellationToken);
        return over.Status == MigrationStatus.Complete ? ExitCode.Done : ExitCode.Failed;
    }

    protected override bool IsOver(MigrationSummary summary) => summary.IsOver;

    protected override async Task<IReadOnlyList<TimelineLine>> LinesAsync(IQuerySession session, CancellationToken cancellationToken) =>
        (await session.LoadAsync<MigrationTimeline>(Id, cancellationToken))?.Lines ?? [];

    protected override async Task<IRenderable> ViewAsync(IQuerySession session, MigrationSummary summary, IReadOnlyList<TimelineLine> last, CancellationToken cancellationToken) =>
        MigrationView.Of(summary, await session.LoadAsync<MigrationMoves>(Id, cancellationToken), last, Now);
}
