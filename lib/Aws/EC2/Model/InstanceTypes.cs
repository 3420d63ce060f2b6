using Amazon.Runtime;
using OptiInfra.Aws.Protocol;

namespace OptiInfra.Aws.EC2.Model;

public sealed class DescribeInstanceTypesRequest : PagedRequest<DescribeInstanceTypesRequest>
{
    /// <summary>At most 100; all types where empty.</summary>
    [Wire("InstanceType")]
    public IReadOnlyList<string> InstanceTypes { get; init; } = [];

    [Wire("Filter")]
    public IReadOnlyList<Filter> Filters { get; init; } = [];

    /// <summary>5 to 100 types per page.</summary>
    public int? MaxResults { get; init; }

    public bool? DryRun { get; init; }
}

public sealed class DescribeInstanceTypesResponse : AmazonWebServiceResponse, IPagedResponse
{
    /// <inheritdoc/>
    public string? NextToken { get; init; }

    [Wire("instanceTypeSet")]
    public IReadOnlyList<InstanceTypeInfo> InstanceTypes { get; init; } = [];
}

/// <summary>What an instance type offers.</summary>
public sealed record InstanceTypeInfo
{
    public string InstanceType { get; init; } = "";
    public bool? CurrentGeneration { get; init; }

    /// <summary>See <see cref="UsageClassType"/>.</summary>
    public IReadOnlyList<string> SupportedUsageClasses { get; init; } = [];

    public IReadOnlyList<string> SupportedRootDeviceTypes { get; init; } = [];
    public IReadOnlyList<string> SupportedVirtualizationTypes { get; init; } = [];
    public bool? BareMetal { get; init; }

    /// <summary>"nitro" or "xen".</summary>
    public string? Hypervisor { get; init; }

    public ProcessorInfo? ProcessorInfo { get; init; }

    public VCpuInfo? VCpuInfo { get; init; }

    public MemoryInfo? MemoryInfo { get; init; }
    public bool? InstanceStorageSupported { get; init; }
    public InstanceStorageInfo? InstanceStorageInfo { get; init; }
    public EbsInfo? EbsInfo { get; init; }
    public NetworkInfo? NetworkInfo { get; init; }
    public GpuInfo? GpuInfo { get; init; }

    /// <summary>Inferentia and the like; GPUs are in <see cref="GpuInfo"/>.</summary>
    public InferenceAcceleratorInfo? InferenceAcceleratorInfo { get; init; }

    public bool? HibernationSupported { get; init; }

    /// <summary>A type with CPU credits, which a busy instance runs out of.</summary>
    public bool? BurstablePerformanceSupported { get; init; }
}

public sealed record ProcessorInfo
{
    /// <summary>See <see cref="ArchitectureValues"/>.</summary>
    public IReadOnlyList<string> SupportedArchitectures { get; init; } = [];

    public double? SustainedClockSpeedInGhz { get; init; }
    public string? Manufacturer { get; init; }
}

public sealed record VCpuInfo
{
    public int? DefaultVCpus { get; init; }
    public int? DefaultCores { get; init; }
    public int? DefaultThreadsPerCore { get; init; }
}

public sealed record MemoryInfo
{
    public long? SizeInMiB { get; init; }
}

public sealed record InstanceStorageInfo
{
    public long? TotalSizeInGB { get; init; }
    public IReadOnlyList<DiskInfo> Disks { get; init; } = [];
    public string? NvmeSupport { get; init; }
}

public sealed record DiskInfo
{
    public long? SizeInGB { get; init; }
    public int? Count { get; init; }

    /// <summary>"hdd" or "ssd".</summary>
    public string? Type { get; init; }
}

public sealed record EbsInfo
{
    public string? EbsOptimizedSupport { get; init; }
    public string? EncryptionSupport { get; init; }
    public EbsOptimizedInfo? EbsOptimizedInfo { get; init; }
    public string? NvmeSupport { get; init; }
}

/// <summary>What the volumes together can do; baseline is what is always there.</summary>
public sealed record EbsOptimizedInfo
{
    public int? BaselineBandwidthInMbps { get; init; }
    public double? BaselineThroughputInMBps { get; init; }
    public int? BaselineIops { get; init; }
    public int? MaximumBandwidthInMbps { get; init; }
    public double? MaximumThroughputInMBps { get; init; }
    public int? MaximumIops { get; init; }
}

public sealed record NetworkInfo
{
    /// <summary>As text, for example "Up to 10 Gigabit".</summary>
    public string? NetworkPerformance { get; init; }

    public int? MaximumNetworkInterfaces { get; init; }
    public string? EnaSupport { get; init; }
    public bool? EfaSupported { get; init; }
}

public sealed record GpuInfo
{
    public IReadOnlyList<GpuDeviceInfo> Gpus { get; init; } = [];
    public int? TotalGpuMemoryInMiB { get; init; }
}

public sealed record GpuDeviceInfo
{
    public string? Name { get; init; }
    public string? Manufacturer { get; init; }
    public int? Count { get; init; }
    public GpuDeviceMemoryInfo? MemoryInfo { get; init; }
}

public sealed record GpuDeviceMemoryInfo
{
    /// <summary>Of one GPU.</summary>
    public int? SizeInMiB { get; init; }
}

public sealed record InferenceAcceleratorInfo
{
    public IReadOnlyList<InferenceDeviceInfo> Accelerators { get; init; } = [];
    public int? TotalInferenceMemoryInMiB { get; init; }
}

public sealed record InferenceDeviceInfo
{
    public string? Name { get; init; }
    public string? Manufacturer { get; init; }
    public int? Count { get; init; }
}
