using OptiInfra.Cli.Errors;
using OptiInfra.Cli.Status;
using OptiInfra.Contracts.LiveMigrations;
using OptiInfra.EventStore;
using OptiInfra.Projections;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace OptiInfra.Cli.Jobs;

/// <summary>Follows one training job.</summary>
sealed class JobWatch(IAnsiConsole console, IDocumentStore store, PlatformSettings settings, Guid id) : Following<JobSummary>(console, store, settings, id)
{
    /// <returns>0 when it is completed, 1 when it ended otherwise.</returns>
    public static async Task<int> UntilOverAsync(IAnsiConsole console, IDocumentStore store, PlatformSettings settings, Guid id, CancellationToken cancellationToken)
    {
        var over = await new JobWatch(console, store, settings, id).UntilAsync(s => s.IsOver, cancellationToken);
        return over.Status is JobStatus.Completed ? ExitCode.Done : ExitCode.Failed;
    }

    protected override bool IsOver(JobSummary summary) => summary.IsOver;

    protected override async Task<IReadOnlyList<TimelineLine>> LinesAsync(IQuerySession session, CancellationToken cancellationToken) =>
        (await session.LoadAsync<JobHistory>(Id, cancellationToken))?.Lines ?? [];

    protected override async Task<IRenderable> ViewAsync(IQuerySession session, JobSummary summary, IReadOnlyList<TimelineLine> last, CancellationToken cancellationToken) =>
        JobView.Of(summary, await session.LoadAsync<JobHistory>(Id, cancellationToken), last, Now);
}
