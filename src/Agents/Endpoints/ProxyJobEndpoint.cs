using OptiInfra.Commands.LiveMigrations;

namespace OptiInfra.Agents.Endpoints;

/// <summary>
/// The embedded proxy, in however many processes. It follows the log by itself (<c>endpoint_switch_requested</c> and the ends of
/// jobs), so that here is only asked what all of them say. Where none runs, nobody can be sent to the wrong trainer: one that
/// starts reads the log first.
/// </summary>
public sealed class ProxyJobEndpoint(ProxyReports reports) : IJobEndpoint
{
    public async Task<EndpointState> LeadToAsync(string tenantId, Guid jobId, int epoch, string address, CancellationToken ct)
    {
        var target = new RouteTarget(epoch, address);
        var behind = (await reports.OfJobAsync(jobId, ct).ConfigureAwait(false)).Where(on => on.Report?.Active != target).ToList();
        var problems = behind.Where(on => on.Report?.Problem is not null).Select(on => $"Proxy {on.Proxy.Name}: {on.Report!.Problem}").ToList();
        return new EndpointState(behind.Count == 0, problems.Count == 0 ? null : string.Join(' ', problems));
    }

    public async Task<int> InFlightElsewhereAsync(string tenantId, Guid jobId, int epoch, CancellationToken ct) =>
        (await reports.OfJobAsync(jobId, ct).ConfigureAwait(false))
            .Sum(on => on.Report?.Active?.Epoch == epoch ? on.Report.Draining.Where(d => d.Epoch != epoch).Sum(d => d.InFlight) : 1 + (on.Report?.Draining.Sum(d => d.InFlight) ?? 0));

    /// <summary>The proxies read of it in the log.</summary>
    public Task CloseAsync(string tenantId, Guid jobId, CancellationToken ct) => Task.CompletedTask;
}
