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

/// <summary>A check with a time limit whose failure is a sentence, not a stack trace.</summary>
abstract class ReadinessCheck(GatewayOptions options) : IHealthCheck
{
    protected GatewayOptions Options => options;

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(options.CheckTimeout);
        try
        {
            return await CheckAsync(limit.Token) is { } problem ? HealthCheckResult.Unhealthy(problem) : HealthCheckResult.Healthy();
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return HealthCheckResult.Unhealthy($"No answer within {options.CheckTimeout.TotalSeconds:0.#} s.");
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return HealthCheckResult.Unhealthy(e.Message);
        }
    }

    /// <returns>What is wrong, in a sentence; null when nothing is.</returns>
    protected abstract Task<string?> CheckAsync(CancellationToken cancellationToken);
}
