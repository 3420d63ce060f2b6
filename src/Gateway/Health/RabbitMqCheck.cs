namespace OptiInfra.Gateway.Health;

/// <summary>RabbitMQ answers, from wherever the gateway runs.</summary>
sealed class RabbitMqCheck(GatewayOptions options) : ReadinessCheck(options)
{
    protected override async Task<ReadinessProblem?> CheckAsync(CancellationToken cancellationToken) =>
        Options.RabbitMq is { } uri && await RabbitMqProbe.ProblemAsync(uri, cancellationToken) is { } problem ? new("It cannot be reached.", problem) : null;
}
