namespace OptiInfra.Chaos.Faults;

/// <summary>A way in which things go wrong. Everything is back when it has ended.</summary>
/// <param name="Name">As the record of the run lists it.</param>
sealed record Fault(string Name, Func<ChaosScene, Random, CancellationToken, Task<string>> HappenAsync);
