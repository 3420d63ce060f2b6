namespace OptiInfra.Benchmarks;

/// <summary>A load that is measured beside a baseline of the same run. Needs a constructor without parameters; it is found by its type.</summary>
public interface IBenchmark
{
    /// <summary>In kebab-case: what one types, and what its file under results is called.</summary>
    string Name { get; }

    /// <summary>One line: what is measured, against what.</summary>
    string Description { get; }

    /// <summary>What may be measured alone, for comparing variants; such a run keeps no figures.</summary>
    IReadOnlyList<string> Parts => [];

    /// <summary>Measures; says its figures through the context and ends with <see cref="BenchmarkContext.Compare"/>.</summary>
    Task RunAsync(BenchmarkContext context, CancellationToken cancellationToken);
}
