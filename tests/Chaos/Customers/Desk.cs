using System.Collections.Concurrent;
using Npgsql;
using OptiInfra.Commands;
using OptiInfra.Contracts.SpotMigrations;
using OptiInfra.EventStore;

namespace OptiInfra.Chaos.Customers;

/// <summary>
/// The people: they request migrations, a few at a time, approve, reject, cancel and resume. They read the log as any
/// reader does, and say what they want again until it is heard, always under the same command id.
/// </summary>
sealed class Desk(ChaosScene scene, IReadOnlyList<ChaosFleet> fleets, int atOnce) : IDisposable
{
    static readonly TimeSpan Again = TimeSpan.FromMilliseconds(300);
    readonly CommandExecutor commands = new(scene.Store, scene.Clock);
    readonly Dictionary<Guid, ChaosFleet> byMigration = fleets.ToDictionary(f => f.MigrationId);
    readonly ConcurrentDictionary<Guid, DateTimeOffset> over = [];
    readonly ConcurrentDictionary<long, byte> followed = [];
    readonly ConcurrentBag<Task> reactions = [];
    readonly SemaphoreSlim places = new(atOnce);

    /// <summary>Migrations that have ended so far.</summary>
    public int Ended => over.Count;
    public bool AllEnded => over.Count == fleets.Count;
    /// <summary>Sequences that this reader of the log was given, each as often as it was.</summary>
    public IReadOnlyCollection<long> Followed => [.. followed.Keys];
    /// <summary>Sequences that it was given more than once, or before a lower one.</summary>
    public ConcurrentBag<long> Misordered { get; } = [];

    /// <summary>Requests every migration, each once there is a place for it.</summary>
    public async Task RequestAllAsync(CancellationToken cancellationToken)
    {
        foreach (var fleet in fleets)
        {
            await places.WaitAsync(cancellationToken);
            await SayAsync(fleet, new RequestMigration(
                fleet.MigrationId, fleet.Customer, "pat",
                new FleetSelector { Tags = new Dictionary<string, string>(StringComparer.Ordinal) { ["fleet"] = fleet.Name } }, fleet.Policy), cancellationToken);
        }
    }

    /// <summary>Reads the log and reacts, until it is cancelled.</summary>
    public async Task FollowAsync(CancellationToken cancellationToken)
    {
        try
        {
            long last = 0;
            await foreach (var page in scene.Store.Log.FollowAsync(0, 500, cancellationToken))
                foreach (var e in page.Events)
                {
                    if (!followed.TryAdd(e.Sequence, 0) || e.Sequence <= last)
                        Misordered.Add(e.Sequence);
                    last = Math.Max(last, e.Sequence);
                    reactions.Add(ReactAsync(e, cancellationToken));
                }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // the run is over
        }

        await Task.WhenAll(reactions).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose() => places.Dispose();

    async Task ReactAsync(IEvent e, CancellationToken cancellationToken)
    {
        if (!byMigration.TryGetValue(e.StreamId, out var fleet))
            return;
        await Task.Yield();
        ISpotMigrationCommand? command = (e.Data, fleet.Course) switch
        {
            (ApprovalRequested asked, Course.Approved) => new ApproveMigration(fleet.MigrationId, asked.PlanHash, "pat"),
            (ApprovalRequested, Course.Rejected) => new RejectMigration(fleet.MigrationId, "pat", "not this month"),
            (PhaseStarted { Phase: 2 }, Course.Cancelled) => new CancelMigration(fleet.MigrationId, "pat", "changed my mind"),
            (RolloutPaused, _) => new ResumeMigration(fleet.MigrationId, "pat", AcceptQuality: true),
            _ => null,
        };
        if (command is not null)
            await SayAsync(fleet, command, cancellationToken, e.Id);
        if (e.Data is InstanceMigrated { Phase: 1, Attempt: 1 } moved && fleet.Course is Course.Interrupted)
            await scene.InterruptAsync(moved.ReplacementId, cancellationToken);
        if (e.Data is MigrationCompleted or MigrationRolledBack or MigrationCancelled or MigrationFailed && over.TryAdd(e.StreamId, e.Timestamp))
            places.Release();
    }

    /// <param name="because">The event that led to it; one event leads to one command.</param>
    async Task SayAsync(ChaosFleet fleet, ISpotMigrationCommand command, CancellationToken cancellationToken, Guid? because = null)
    {
        var context = new CommandContext(because is { } id ? CommandIds.Derive(id, "pat") : Guid.CreateVersion7(), "pat", fleet.Customer, because);
        while (true)
        {
            try
            {
                await commands.ExecuteAsync(command, context, cancellationToken);
                return;
            }
            catch (Exception e) when (e is NpgsqlException or IOException or EventStore.ConcurrencyException or TimeoutException or InvalidOperationException)
            {
                // whether it was heard is unknown: the same command id is safe
                await Task.Delay(Again, TimeProvider.System, cancellationToken);
            }
        }
    }
}
