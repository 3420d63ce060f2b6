using System.Data.Common;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace OptiInfra.Gateway.Health;

static class ReadinessChecks
{
    public static IServiceCollection AddReadinessChecks(this IServiceCollection services)
    {
        services.AddHealthChecks()
            .AddCheck<PostgresCheck>("postgresql")
            .AddCheck<SchemaVersionCheck>("schema")
            .AddCheck<RabbitMqCheck>("rabbitmq")
            .AddCheck<RelayCheck>("relay")
            .AddCheck<ProjectionsCheck>("projections");
        return services;
    }
}

/// <summary>Why something is not ready.</summary>
/// <param name="Reason">For everybody who asks, signed in or not: no names of hosts, customers or files, and no words of an exception.</param>
/// <param name="Detail">For the log.</param>
sealed record ReadinessProblem(string Reason, string Detail)
{
    public ReadinessProblem(string reason) : this(reason, reason)
    {
    }
}

/// <summary>A check with a time limit. What it finds goes to the log in full and to the page as a reason that gives nothing away.</summary>
abstract class ReadinessCheck(GatewayOptions options) : IHealthCheck
{
    /// <summary>Where a result keeps what may be shown.</summary>
    public const string Reason = "reason";

    protected GatewayOptions Options => options;

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(options.CheckTimeout);
        try
        {
            return await CheckAsync(limit.Token) is { } problem ? Unready(problem) : HealthCheckResult.Healthy();
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Unready(new($"No answer within {options.CheckTimeout.TotalSeconds:0.#} s."));
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return Unready(new(e is DbException { IsTransient: true } or SocketException or IOException ? "It cannot be reached." : "The check failed.", e.Message));
        }
    }

    // the framework logs the description
    static HealthCheckResult Unready(ReadinessProblem problem)
        => HealthCheckResult.Unhealthy(problem.Detail, data: new Dictionary<string, object>(StringComparer.Ordinal) { [Reason] = problem.Reason });

    /// <returns>Null when nothing is wrong.</returns>
    protected abstract Task<ReadinessProblem?> CheckAsync(CancellationToken cancellationToken);
}
