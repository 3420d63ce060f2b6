using System.Text.Json;
using Npgsql;
using OptiInfra.EventStore;

namespace OptiInfra.Commands.LiveMigrations;

/// <summary>A proxy that lives.</summary>
/// <param name="Id">Of one run of it.</param>
/// <param name="Name">Machine and process.</param>
/// <param name="Url">Where users call it; <c>{Url}/jobs/{job}/…</c> is a job's address.</param>
/// <param name="At">By the database's clock.</param>
public sealed record ProxyHeartbeat(string Id, string Name, string Url, DateTimeOffset At);

/// <summary>What one proxy does for one job.</summary>
/// <param name="Id">The proxy's, and the job's behind a slash.</param>
/// <param name="Active">Where it sends new requests; null while nowhere.</param>
/// <param name="Problem">Why it does not send them where it is to, in a sentence; null when it does.</param>
/// <param name="Draining">Requests that are still under way elsewhere, by epoch.</param>
public sealed record RouteReport(string Id, string ProxyId, Guid JobId, RouteTarget? Active, string? Problem, IReadOnlyList<DrainingTarget> Draining)
{
    public static string IdOf(string proxyId, Guid job) => $"{proxyId}/{job:D}";
}

public sealed record DrainingTarget(int Epoch, int InFlight);

/// <summary>A proxy that lives, and what it says of a job; null where it has not said anything yet.</summary>
public sealed record ProxyOnJob(ProxyHeartbeat Proxy, RouteReport? Report);

/// <summary>What the proxies tell of themselves, in the database, so that other processes can ask. Times are the database's: one clock for all.</summary>
public sealed class ProxyReports(IDocumentStore store)
{
    /// <summary>A proxy that was silent for longer does not count.</summary>
    public static readonly TimeSpan Alive = TimeSpan.FromSeconds(10);
    /// <summary>What a proxy left that was silent for longer is deleted by the others.</summary>
    static readonly TimeSpan Forgotten = TimeSpan.FromSeconds(60);

    string Heartbeats => $"\"{store.Options.DatabaseSchemaName}\".doc_proxy_heartbeat";
    string Routes => $"\"{store.Options.DatabaseSchemaName}\".doc_route_report";

    /// <summary>Tells that the proxy lives, and what has changed, in one transaction.</summary>
    /// <returns>Whether the proxy was known already; where not, all its reports are to be written again.</returns>
    public async Task<bool> WriteAsync(ProxyHeartbeat proxy, IReadOnlyCollection<RouteReport> changed, IReadOnlyCollection<Guid> closed, CancellationToken cancellationToken)
    {
        await using var connection = await store.DataSource.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var batch = new NpgsqlBatch(connection);
        Add($"""
            insert into {Heartbeats} as h (tenant_id, id, data, last_modified) values ($1, $2, $3::jsonb || jsonb_build_object('at', clock_timestamp()), clock_timestamp())
            on conflict (tenant_id, id) do update set data = excluded.data, last_modified = excluded.last_modified
            returning xmax <> 0
            """, JobRoutes.Tenant, proxy.Id, Json(proxy));
        if (changed.Count > 0)
            Add($"""
                insert into {Routes} (tenant_id, id, data, last_modified) select $1, r.id, r.data::jsonb, clock_timestamp() from unnest($2, $3) as r(id, data)
                on conflict (tenant_id, id) do update set data = excluded.data, last_modified = excluded.last_modified
                """, JobRoutes.Tenant, changed.Select(r => r.Id).ToArray(), changed.Select(Json).ToArray());
        if (closed.Count > 0)
            Add($"delete from {Routes} where tenant_id = $1 and id = any($2)", JobRoutes.Tenant, closed.Select(job => RouteReport.IdOf(proxy.Id, job)).ToArray());
        return (bool)(await batch.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;

        void Add(string sql, params object[] parameters)
        {
            var command = new NpgsqlBatchCommand(sql);
            foreach (var parameter in parameters)
                command.Parameters.Add(new NpgsqlParameter { Value = parameter });
            batch.BatchCommands.Add(command);
        }
    }

    /// <summary>A proxy that ends counts no longer.</summary>
    public Task ForgetAsync(string proxyId, CancellationToken cancellationToken) => DeleteAsync("id = $2", proxyId, cancellationToken);

    /// <summary>Deletes what proxies left that died.</summary>
    public Task CleanUpAsync(CancellationToken cancellationToken) =>
        DeleteAsync("(data->>'at')::timestamptz < clock_timestamp() - $2", Forgotten, cancellationToken);

    /// <summary>All proxies that live.</summary>
    public async Task<IReadOnlyList<ProxyHeartbeat>> LiveAsync(CancellationToken cancellationToken)
    {
        await using var session = store.QuerySession(JobRoutes.Tenant);
        return await session.QueryAsync<ProxyHeartbeat>("where (data->>'at')::timestamptz > clock_timestamp() - $1 order by id", cancellationToken, Alive).ConfigureAwait(false);
    }

    /// <summary>All proxies that live, with what each does for the job.</summary>
    public async Task<IReadOnlyList<ProxyOnJob>> OfJobAsync(Guid job, CancellationToken cancellationToken)
    {
        // one statement: who died or answered in between would count twice or not at all
        await using var command = store.DataSource.CreateCommand($"""
            select h.data, r.data from {Heartbeats} h
              left join {Routes} r on r.tenant_id = h.tenant_id and r.id = h.id || $2
             where h.tenant_id = $1 and (h.data->>'at')::timestamptz > clock_timestamp() - $3 order by h.id
            """);
        command.Parameters.Add(new() { Value = JobRoutes.Tenant });
        command.Parameters.Add(new() { Value = RouteReport.IdOf("", job) });
        command.Parameters.Add(new() { Value = Alive });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        List<ProxyOnJob> found = [];
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            found.Add(new ProxyOnJob(Of<ProxyHeartbeat>(reader.GetString(0)), reader.IsDBNull(1) ? null : Of<RouteReport>(reader.GetString(1))));
        return found;
    }

    async Task DeleteAsync(string which, object parameter, CancellationToken cancellationToken)
    {
        await using var command = store.DataSource.CreateCommand($"""
            with gone as (delete from {Heartbeats} where tenant_id = $1 and {which} returning id)
            delete from {Routes} where tenant_id = $1 and data->>'proxyId' in (select id from gone)
            """);
        command.Parameters.Add(new() { Value = JobRoutes.Tenant });
        command.Parameters.Add(new() { Value = parameter });
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    string Json<T>(T document) => JsonSerializer.Serialize(document, store.Options.Serializer);

    T Of<T>(string json) => JsonSerializer.Deserialize<T>(json, store.Options.Serializer)!;
}
