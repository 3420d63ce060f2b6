namespace OptiInfra.CloudSim.Pricing;

/// <summary>From this instant the spot price of a pool and product is this many USD per hour.</summary>
public readonly record struct SpotPriceChange(string InstanceType, string Zone, string Product, DateTimeOffset At, decimal HourlyUsd);

public static class SpotProducts
{
    public const string Linux = "Linux/UNIX";

    /// <summary>What old accounts see instead; the price is the same.</summary>
    public const string LinuxVpc = "Linux/UNIX (Amazon VPC)";
}
