namespace OptiInfra.CloudSim.Machines;

/// <summary>What the processes of one instance may take of the machine that CloudSim runs on.</summary>
public sealed record MachineLimits
{
    /// <summary>Bytes of resident memory of all processes together; above it they are killed.</summary>
    public long MemoryBytes { get; init; } = 512L << 20;

    /// <summary>Bytes of address space of each process; above it its allocations fail.</summary>
    public long AddressSpaceBytes { get; init; } = 2L << 30;

    /// <summary>Bytes of any one file that they write.</summary>
    public long FileBytes { get; init; } = 256L << 20;

    /// <summary>How many there may be at once; above it they are killed.</summary>
    public int Processes { get; init; } = 64;

    /// <summary>Processors that they share, of those that this machine has; instances are dealt to them in turn.</summary>
    public int Processors { get; init; } = 1;

    /// <summary>0 to 19; the more, the more they give way to other programs.</summary>
    public int Niceness { get; init; } = 10;

    /// <summary>Longest time by the wall's clock from one start to the end.</summary>
    public TimeSpan WallTime { get; init; } = TimeSpan.FromHours(6);
}
