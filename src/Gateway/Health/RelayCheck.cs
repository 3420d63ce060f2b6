using OptiInfra.EventStore;

namespace OptiInfra.Gateway.Health;

/// <summary>The relay, wherever it runs, gets the events onto the bus.</summary>
sealed class RelayCheck(GatewayOptions options, IDocumentStore store, TimeProvider clock) : ReadinessCheck(options)
{
    /// <summary>The relay's checkpoint, as OptiInfra.Messaging names it, to which the gateway does not refer.</summary>
    public const string Progression = "relay";

    protected override async Task<ReadinessProblem?> CheckAsync(CancellationToken cancellationToken) =>
        Options.RelayProblemAsync is { } ask && await ask(store, cancellationToken) is { } problem
            ? new("The relay is held up.", problem)
            : await LogLag.ProblemAsync(
                store, clock, "The relay", await store.Progression.LoadAsync(Progression, cancellationToken), Options.MaxLag, cancellationToken) is { } lag
                ? new(lag)
                : null;
}
