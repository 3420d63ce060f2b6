using OptiInfra.Testing;

namespace OptiInfra.Chaos;

/// <summary>One run.</summary>
sealed record ChaosOptions
{
    /// <summary>Of every choice the run makes; what meets what in time differs all the same.</summary>
    public required int Seed { get; init; }
    public int Migrations { get; init; } = 8;
    /// <summary>Migrations that run at the same time, at most.</summary>
    public int AtOnce { get; init; } = 4;
    /// <summary>Processes of <c>optiinfra run</c>.</summary>
    public int Processes { get; init; } = 3;
    /// <summary>Seconds of the programs' clock per second of the wall.</summary>
    public double Speed { get; init; } = 120;
    /// <summary>Faults that happen at the same time, at most.</summary>
    public int Hands { get; init; } = 1;
    /// <summary>By the wall, after which nothing goes wrong any more; up to twice as long where a kind of fault has not happened by then.</summary>
    public TimeSpan FaultsWithin { get; init; } = TimeSpan.FromSeconds(40);
    /// <summary>By the wall, from the first request: what has not ended by then is unfinished.</summary>
    public TimeSpan Bound { get; init; } = TimeSpan.FromMinutes(6);
    /// <summary>Keeps the services' data and the programs' logs.</summary>
    public string Folder { get; init; } = Environment.GetEnvironmentVariable("OPTIINFRA_CHAOS_DIR") is { Length: > 0 } given
        ? Path.GetFullPath(given)
        : Path.Combine(ProjectRoot.Path, ".run", "chaos");

    public static ChaosOptions Short(int seed) => new() { Seed = seed };

    public static ChaosOptions Long(int seed) => new()
    {
        Seed = seed,
        Migrations = 200,
        AtOnce = 40,
        FaultsWithin = TimeSpan.FromMinutes(8),
        Bound = TimeSpan.FromMinutes(25),
    };
}
