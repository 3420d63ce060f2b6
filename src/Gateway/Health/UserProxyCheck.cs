using OptiInfra.Commands.LiveMigrations;
using OptiInfra.EventStore;
using OptiInfra.Gateway.UserProxy;

namespace OptiInfra.Gateway.Health;

/// <summary>This process's endpoint proxy counts among the proxies, so that switches wait for it, and its routes are those of the log.</summary>
sealed class UserProxyCheck(GatewayOptions options, IDocumentStore store, RouteFollower routes, ProxyReporting reporting, WallClock wall, TimeProvider clock) : ReadinessCheck(options)
{
    protected override async Task<ReadinessProblem?> CheckAsync(CancellationToken cancellationToken)
    {
        if (reporting.WrittenAt is not { } written)
            return new("The proxy does not listen yet.");
        var silent = wall.Time.GetUtcNow() - written;
        if (silent > ProxyReports.Alive)
            return new(FormattableString.Invariant($"The proxy has not been able to say for {silent.TotalSeconds:0} s that it lives; the others count it no more, and it leads to where it led before."));
        return await LogLag.ProblemAsync(store, clock, "The proxy", routes.ReadTo, Options.MaxLag, cancellationToken) is { } lag ? new(lag) : null;
    }
}
