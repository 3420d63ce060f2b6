namespace OptiInfra.Contracts;

/// <summary>How an instance is bought.</summary>
public enum CapacityType
{
    OnDemand,
    Spot,
}

/// <summary>A set of interchangeable machines that the cloud sells under one price and one stock.</summary>
public sealed record CapacityPool(CapacityType CapacityType, string InstanceType, string AvailabilityZone)
{
    public override string ToString() => $"{(CapacityType == CapacityType.Spot ? "spot" : "on-demand")} {InstanceType} {AvailabilityZone}";
}

/// <summary>What an instance type offers. Memory in MiB.</summary>
public sealed record InstanceTypeFacts(string InstanceType, string Architecture, int VCpus, long MemoryMib, int Gpus, bool Burstable);

/// <summary>An instance as the cloud described it.</summary>
public sealed record FleetInstance(
    string InstanceId,
    string InstanceType,
    string AvailabilityZone,
    CapacityType CapacityType,
    string State,
    string? ImageId,
    string? SubnetId,
    string? PrivateIpAddress,
    DateTimeOffset LaunchTime,
    IReadOnlyDictionary<string, string> Tags)
{
    public string? Tag(string key) => Tags.GetValueOrDefault(key);
}

/// <summary>The tags by which a fleet tells OptiInfra about itself, and by which OptiInfra marks what it does.</summary>
public static class FleetTags
{
    /// <summary><c>stateless</c> or <c>stateful</c>. An instance without it is not moved.</summary>
    public const string Workload = "optiinfra:workload";
    /// <summary><c>true</c>: never touch this instance.</summary>
    public const string Protected = "optiinfra:protected";
    /// <summary>Names the commitment (reserved instance, savings plan) that already pays for it.</summary>
    public const string Commitment = "optiinfra:commitment";
    /// <summary><c>false</c>: discovery by tag sends it no traffic. Absent means <c>true</c>.</summary>
    public const string Serving = "optiinfra:serving";
    /// <summary>On a replacement: the instance that it replaces.</summary>
    public const string Replaces = "optiinfra:replaces";
    /// <summary>On a replacement: the migration that launched it.</summary>
    public const string Migration = "optiinfra:migration";
    /// <summary>On the instance of a trainer: its job, and which of its trainers it is.</summary>
    public const string Job = "optiinfra:job";
    public const string Epoch = "optiinfra:epoch";
    public const string Team = "team";
    public const string Name = "Name";
}
