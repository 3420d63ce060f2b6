using OptiInfra.Contracts.LiveMigrations;
using OptiInfra.EventStore;

namespace OptiInfra.Commands.LiveMigrations;

/// <summary>Keeps the routes of all jobs, of all customers, up to a position of the log, so that a proxy that starts reads only what came after.</summary>
public sealed class JobRoutes(IDocumentStore store)
{
    /// <summary>Belongs to no customer: a job's address is the same for whoever calls it.</summary>
    public const string Tenant = "$endpoints";
    const string Position = "job_routes";

    /// <summary>The open routes, and the sequence behind which the log has to be read; a route may know later events already.</summary>
    public async Task<(IReadOnlyList<JobRoute> Routes, long Position)> LoadAsync(CancellationToken cancellationToken)
    {
        var position = await store.Progression.LoadAsync(Position, cancellationToken).ConfigureAwait(false);
        if (position == 0)
            return ([], await BeginningAsync(cancellationToken).ConfigureAwait(false));
        await using var session = store.QuerySession(Tenant);
        return (await session.QueryAsync<JobRoute>("where data->>'closed' = 'false'", cancellationToken).ConfigureAwait(false), position);
    }

    /// <summary>Open or closed; null for a job that the kept routes do not know.</summary>
    public async Task<JobRoute?> FindAsync(Guid job, CancellationToken cancellationToken)
    {
        await using var session = store.QuerySession(Tenant);
        return await session.LoadAsync<JobRoute>(job, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Keeps routes as they are after all events up to a sequence.</summary>
    /// <param name="from">Where the caller believes the kept position to be.</param>
    /// <returns>Where it stands now: another proxy may have kept the same before, or not as much.</returns>
    public async Task<long> KeepAsync(IReadOnlyCollection<JobRoute> routes, long from, long to, CancellationToken cancellationToken)
    {
        await using var session = store.LightweightSession(new SessionOptions { TenantId = Tenant });
        session.Store([.. routes]);
        session.QueueOperation(store.Progression.Advance(Position, from, to));
        try
        {
            await session.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
            return to;
        }
        catch (ProgressionOutOfOrderException)
        {
            return await store.Progression.LoadAsync(Position, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Before the first job; the log may be years older.</summary>
    async Task<long> BeginningAsync(CancellationToken cancellationToken)
    {
        // first, so that a job that is submitted meanwhile lies behind it
        var end = await store.Log.HighWaterMarkAsync(cancellationToken).ConfigureAwait(false);
        await using var command = store.DataSource.CreateCommand($"select min(seq_id) from \"{store.Options.DatabaseSchemaName}\".all_events where type = $1");
        command.Parameters.Add(new() { Value = store.Options.Events.ForType(typeof(JobSubmitted)).Name });
        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is long first ? Math.Min(first - 1, end) : end;
    }
}
