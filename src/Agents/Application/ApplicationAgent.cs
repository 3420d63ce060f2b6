using MassTransit;
using OptiInfra.Agents.Collectors;
using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Agents.Application;

/// <summary>The baseline's window is over.</summary>
public sealed record FinishBaseline(Guid MigrationId, string PlanHash, IReadOnlyList<QualitySnapshot> Snapshots, IReadOnlyList<string> Unreadable);

/// <summary>Guards quality: takes the baseline before the vote, and measures each phase against it.</summary>
public sealed class ApplicationAgent(AgentCommands commands, QualityObserver observer) :
    IConsumer<VotesRequested>, IConsumer<FinishBaseline>, IConsumer<PhaseCompleted>, IConsumer<QualityCheckRequested>
{
    public Task Consume(ConsumeContext<VotesRequested> context) => commands.WithCloudAsync(context, AgentNames.Application, context.Message.MigrationId, () => HandleAsync(context));

    async Task HandleAsync(ConsumeContext<VotesRequested> context)
    {
        var m = context.Message;
        if (!m.Voters.Contains(AgentNames.Application) || await commands.LoadAsync(context, m.MigrationId).ConfigureAwait(false) is not { Status: MigrationStatus.Coordinating } migration)
            return;
        var (snapshots, unreadable) = await observer.SnapshotAsync([.. m.Plan.Moves.Select(x => x.InstanceId)], context.CancellationToken).ConfigureAwait(false);
        await AgentCommands.LaterAsync(context, migration.Policy.BaselineWindow, new FinishBaseline(m.MigrationId, m.PlanHash, snapshots, unreadable)).ConfigureAwait(false);
    }

    public Task Consume(ConsumeContext<FinishBaseline> context) => commands.WithCloudAsync(context, AgentNames.Application, context.Message.MigrationId, () => HandleAsync(context));

    async Task HandleAsync(ConsumeContext<FinishBaseline> context)
    {
        var m = context.Message;
        if (await commands.LoadAsync(context, m.MigrationId).ConfigureAwait(false) is not { Status: MigrationStatus.Coordinating } migration)
            return;
        var windows = migration.BaselineTaken ? [.. migration.Baseline.Values] : new List<QualityWindow>();
        var unreadable = m.Unreadable.ToList();
        if (!migration.BaselineTaken)
        {
            var (after, problems) = await observer.SnapshotAsync([.. m.Snapshots.Select(s => s.InstanceId)], context.CancellationToken).ConfigureAwait(false);
            unreadable.AddRange(problems);
            Collect(m.Snapshots.ToDictionary(s => s.InstanceId, StringComparer.Ordinal), after, windows, unreadable, _ => null);
            await commands.ExecuteAsync(context, AgentNames.Application, "baseline", new RecordBaseline(m.MigrationId, windows, unreadable)).ConfigureAwait(false);
        }

        var vote = ApplicationVote.Judge(migration.Plan!, windows, unreadable, migration.Policy);
        await commands.ExecuteAsync(context, AgentNames.Application, "vote", vote.Cast(m.MigrationId, AgentNames.Application, m.PlanHash, new VoteObservation(Unreadable: unreadable))).ConfigureAwait(false);
    }

    public Task Consume(ConsumeContext<PhaseCompleted> context) => commands.WithCloudAsync(context, AgentNames.Application, context.Message.MigrationId, () => HandleAsync(context));

    async Task HandleAsync(ConsumeContext<PhaseCompleted> context)
    {
        var m = context.Message;
        if (await commands.LoadAsync(context, m.MigrationId).ConfigureAwait(false) is not { IsExecuting: true } migration)
            return;
        var (snapshots, unreadable) = await observer.SnapshotAsync(Replacements(migration), context.CancellationToken).ConfigureAwait(false);
        await commands.ExecuteAsync(context, AgentNames.Application, "open", new OpenQualityWindow(m.MigrationId, m.Phase, snapshots, unreadable)).ConfigureAwait(false);
    }

    public Task Consume(ConsumeContext<QualityCheckRequested> context) => commands.WithCloudAsync(context, AgentNames.Application, context.Message.MigrationId, () => HandleAsync(context));

    async Task HandleAsync(ConsumeContext<QualityCheckRequested> context)
    {
        var m = context.Message;
        if (await commands.LoadAsync(context, m.MigrationId).ConfigureAwait(false) is not { IsExecuting: true } migration)
            return;
        var (after, problems) = await observer.SnapshotAsync(Replacements(migration), context.CancellationToken).ConfigureAwait(false);
        var windows = new List<QualityWindow>();
        var unreadable = problems.ToList();
        var migratedAt = migration.Moves.Values.Where(x => x.Current?.ReplacementId is not null).ToDictionary(x => x.Current!.ReplacementId!, x => x.Current!.MigratedAt, StringComparer.Ordinal);
        Collect(migration.WindowOpenedWith ?? System.Collections.Immutable.ImmutableDictionary<string, QualitySnapshot>.Empty, after, windows, unreadable, id => migratedAt.GetValueOrDefault(id));
        await commands.ExecuteAsync(context, AgentNames.Application, "measure", new RecordQuality(m.MigrationId, m.Phase, m.Check, windows, unreadable)).ConfigureAwait(false);
    }

    static List<string> Replacements(SpotMigration migration) =>
        [.. migration.Moves.Values.Where(x => x.Status is MoveStatus.Migrated).OrderBy(x => x.MigratedOrder).Select(x => x.Current!.ReplacementId!)];

    /// <param name="launchedInside">When an instance without an opening snapshot took over inside the window: it is measured since its start.</param>
    static void Collect(IReadOnlyDictionary<string, QualitySnapshot> before, IReadOnlyList<QualitySnapshot> after, List<QualityWindow> windows, List<string> unreadable, Func<string, DateTimeOffset?> launchedInside)
    {
        foreach (var snapshot in after)
        {
            var (window, problem) = before.TryGetValue(snapshot.InstanceId, out var opening) ? QualityWindows.Between(opening, snapshot)
                : launchedInside(snapshot.InstanceId) is { } since ? QualityWindows.SinceStart(snapshot, since)
                : (null, $"{snapshot.InstanceId}: it was not there when the window opened");
            if (window is not null)
                windows.Add(window);
            else
                unreadable.Add(problem!);
        }
    }
}
