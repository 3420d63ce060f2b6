namespace OptiInfra.Aws.EC2.Model;

public static class InstanceStateName
{
    public const string Pending = "pending";
    public const string Running = "running";
    public const string ShuttingDown = "shutting-down";
    public const string Terminated = "terminated";
    public const string Stopping = "stopping";
    public const string Stopped = "stopped";
}

/// <summary>How an instance is paid for; an on-demand instance has none.</summary>
public static class InstanceLifecycleType
{
    public const string Spot = "spot";
    public const string Scheduled = "scheduled";
    public const string CapacityBlock = "capacity-block";
}

public static class MarketType
{
    public const string Spot = "spot";
    public const string CapacityBlock = "capacity-block";
}

public static class SpotInstanceType
{
    public const string OneTime = "one-time";
    public const string Persistent = "persistent";
}

public static class InstanceInterruptionBehavior
{
    public const string Hibernate = "hibernate";
    public const string Stop = "stop";
    public const string Terminate = "terminate";
}

[System.Diagnostics.CodeAnalysis.SuppressMessage("Naming", "CA1707", Justification = "AWSSDK.EC2's names")]
public static class ArchitectureValues
{
    public const string I386 = "i386";
    public const string X86_64 = "x86_64";
    public const string Arm64 = "arm64";
    public const string X86_64Mac = "x86_64_mac";
    public const string Arm64Mac = "arm64_mac";
}

public static class UsageClassType
{
    public const string Spot = "spot";
    public const string OnDemand = "on-demand";
    public const string CapacityBlock = "capacity-block";
}

/// <summary>Platforms that spot prices are quoted for.</summary>
public static class RIProductDescription
{
    public const string LinuxUnix = "Linux/UNIX";
    public const string LinuxUnixVpc = "Linux/UNIX (Amazon VPC)";
    public const string Windows = "Windows";
    public const string WindowsVpc = "Windows (Amazon VPC)";
}

/// <summary>Kinds of resources that a launch can tag.</summary>
public static class ResourceType
{
    public const string Instance = "instance";
    public const string Volume = "volume";
    public const string NetworkInterface = "network-interface";
    public const string SpotInstancesRequest = "spot-instances-request";
}

/// <summary>A status check's summary.</summary>
public static class SummaryStatus
{
    public const string Ok = "ok";
    public const string Impaired = "impaired";
    public const string InsufficientData = "insufficient-data";
    public const string NotApplicable = "not-applicable";
    public const string Initializing = "initializing";
}

public static class AvailabilityZoneState
{
    public const string Available = "available";
    public const string Information = "information";
    public const string Impaired = "impaired";
    public const string Unavailable = "unavailable";
    public const string Constrained = "constrained";
}

public static class TargetCapacityUnitType
{
    public const string Vcpu = "vcpu";
    public const string MemoryMib = "memory-mib";
    public const string Units = "units";
}

public static class ShutdownBehavior
{
    public const string Stop = "stop";
    public const string Terminate = "terminate";
}
