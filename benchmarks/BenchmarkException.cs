namespace OptiInfra.Benchmarks;

/// <summary>Something that a person has to change before the benchmark can run; the message is for them.</summary>
public sealed class BenchmarkException(string message) : Exception(message);
