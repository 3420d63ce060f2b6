using System.Runtime.InteropServices;

namespace OptiInfra.Cli.Backtest;

/// <summary>One or several capacity pools, read together.</summary>
/// <param name="Name">Folder and file, without the ending.</param>
/// <param name="Gap">Between two readings.</param>
/// <param name="Pools">At least one; all have as many readings.</param>
/// <param name="Priced">Made of recorded prices, which tell nothing of capacity.</param>
sealed record MarketTrace(string Name, TimeSpan Gap, IReadOnlyList<PoolTrace> Pools, bool Priced = false)
{
    public int Count => Pools[0].Readings.Count;

    /// <summary>What the traces are told apart by in a summary: single pools by their folder, markets one by one.</summary>
    public string Group => Pools.Count == 1 ? Path.GetDirectoryName(Name) ?? Name : Name;
}

/// <summary>A capacity pool, reading by reading.</summary>
sealed record PoolTrace(string Name, IReadOnlyList<PoolReading> Readings)
{
    /// <summary>A pool whose capacity comes and goes at one price.</summary>
    public static PoolTrace Of(string name, IEnumerable<bool> available, double fraction)
        => new(name, [.. available.Select(there => new PoolReading(there, fraction, fraction, fraction))]);
}

/// <summary>A pool at a reading; it stays so until the next. Prices are fractions of the on-demand price.</summary>
/// <param name="Available">Spot capacity is there.</param>
/// <param name="Price">Now.</param>
/// <param name="Highest">Of the last ten minutes.</param>
/// <param name="Lowest">Of the last ten minutes.</param>
[StructLayout(LayoutKind.Auto)]
readonly record struct PoolReading(bool Available, double Price, double Highest, double Lowest);
