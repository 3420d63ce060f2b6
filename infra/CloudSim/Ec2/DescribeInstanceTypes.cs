using System.Globalization;
using OptiInfra.CloudSim.Catalogue;
using OptiInfra.CloudSim.Instances;

namespace OptiInfra.CloudSim.Ec2;

public static class DescribeInstanceTypes
{
    public static void Answer(Ec2Call call)
    {
        var names = call.Parameters.List("InstanceType");
        var size = call.Number("MaxResults", 5, 100);
        if (names.Count > 0 && size is not null)
        {
            throw CloudRefusalException.Invalid("InvalidParameterCombination", "The parameter InstanceTypes cannot be used with the parameter MaxResults");
        }

        var unknown = names.Where(name => InstanceCatalogue.Find(name) is null).ToList();
        if (unknown.Count > 0)
        {
            throw CloudRefusalException.Invalid("InvalidInstanceType", $"The following supplied instance types do not exist: [{string.Join(", ", unknown)}]");
        }

        call.StopIfDryRun();
        var filters = Filters.From(call.Parameters);
        var types = InstanceCatalogue.All
            .Where(type => names.Count == 0 || names.Contains(type.Name, StringComparer.Ordinal))
            .Where(type => filters.Match(name => ValuesOf(type, name)))
            .ToList();
        var position = (int)Page.Position(nameof(DescribeInstanceTypes), call.Parameters["NextToken"]);
        var pageSize = names.Count > 0 ? types.Count : size ?? 100;
        call.Xml.List("instanceTypeSet", types.Skip(position).Take(pageSize), type => Write(call.Xml, type));
        if (position + pageSize < types.Count)
        {
            call.Xml.Value("nextToken", Page.Token(nameof(DescribeInstanceTypes), position + pageSize));
        }
    }

    private static IEnumerable<string?>? ValuesOf(InstanceType type, string filter) => filter switch
    {
        "instance-type" => [type.Name],
        "current-generation" => [Text(type.CurrentGeneration)],
        "burstable-performance-supported" => [Text(type.Burstable)],
        "bare-metal" => ["false"],
        "hypervisor" => [Hypervisor(type)],
        "processor-info.supported-architecture" => [type.Architecture],
        "supported-usage-class" => ["on-demand", "spot"],
        "supported-root-device-type" => ["ebs"],
        "supported-virtualization-type" => ["hvm"],
        "instance-storage-supported" => [Text(type.InstanceStorageGb > 0)],
        "vcpu-info.default-vcpus" => [type.VCpus.ToString(CultureInfo.InvariantCulture)],
        "memory-info.size-in-mib" => [type.MemoryMib.ToString(CultureInfo.InvariantCulture)],
        "network-info.network-performance" => [type.Network],
        _ => null,
    };

    private static void Write(ResponseXml xml, InstanceType type)
    {
        xml.Value("instanceType", type.Name)
            .Value("currentGeneration", type.CurrentGeneration)
            .Value("freeTierEligible", type.Name is "t2.micro" or "t3.micro")
            .Values("supportedUsageClasses", ["on-demand", "spot"])
            .Values("supportedRootDeviceTypes", ["ebs"])
            .Values("supportedVirtualizationTypes", ["hvm"])
            .Value("bareMetal", false)
            .Value("hypervisor", Hypervisor(type))
            .Structure("processorInfo", () => xml
                .Values("supportedArchitectures", [type.Architecture])
                .Value("manufacturer", Manufacturer(type)))
            .Structure("vCpuInfo", () => xml
                .Value("defaultVCpus", type.VCpus)
                .Value("defaultCores", Math.Max(1, type.VCpus / ThreadsPerCore(type)))
                .Value("defaultThreadsPerCore", ThreadsPerCore(type)))
            .Structure("memoryInfo", () => xml.Value("sizeInMiB", type.MemoryMib))
            .Value("instanceStorageSupported", type.InstanceStorageGb > 0);
        if (type.InstanceStorageGb > 0)
        {
            xml.Structure("instanceStorageInfo", () => xml.Value("totalSizeInGB", type.InstanceStorageGb).Value("nvmeSupport", "required"));
        }

        xml.Structure("ebsInfo", () => WriteEbs(xml, type))
            .Structure("networkInfo", () => xml.Value("networkPerformance", type.Network).Value("enaSupport", "supported"));
        if (type.Gpus > 0)
        {
            xml.Structure("gpuInfo", () => WriteGpus(xml, type));
        }

        if (type.NeuronAccelerators > 0)
        {
            xml.Structure("inferenceAcceleratorInfo", () => xml.List(
                "accelerators",
                [type],
                chip => xml.Value("count", chip.NeuronAccelerators).Value("name", "Inferentia2").Value("manufacturer", "AWS"),
                "member"));
        }

        xml.Structure("placementGroupInfo", () => xml.Values("supportedStrategies", ["partition", "spread"]))
            .Value("hibernationSupported", false)
            .Value("burstablePerformanceSupported", type.Burstable)
            .Value("dedicatedHostsSupported", !type.Burstable)
            .Value("autoRecoverySupported", type.InstanceStorageGb == 0)
            .Values("supportedBootModes", ["legacy-bios", "uefi"]);
    }

    private static void WriteEbs(ResponseXml xml, InstanceType type)
    {
        xml.Value("ebsOptimizedSupport", type.EbsBaselineMbps > 0 ? "default" : "unsupported").Value("encryptionSupport", "supported");
        if (type.EbsBaselineMbps > 0)
        {
            xml.Structure("ebsOptimizedInfo", () => xml
                .Value("baselineBandwidthInMbps", type.EbsBaselineMbps)
                .Value("baselineThroughputInMBps", type.EbsBaselineMbps / 8.0));
        }
    }

    private static void WriteGpus(ResponseXml xml, InstanceType type)
    {
        xml.List("gpus", [type], gpu => xml
                .Value("name", gpu.GpuName)
                .Value("manufacturer", gpu.GpuName.StartsWith("Radeon", StringComparison.Ordinal) ? "AMD" : "NVIDIA")
                .Value("count", gpu.Gpus)
                .Structure("memoryInfo", () => xml.Value("sizeInMiB", gpu.GpuMemoryMib / gpu.Gpus)))
            .Value("totalGpuMemoryInMiB", type.GpuMemoryMib);
    }

    private static string Text(bool value) => value ? "true" : "false";

    private static string Hypervisor(InstanceType type) => type.Family is "t2" or "m4" or "c4" or "r4" or "p3" ? "xen" : "nitro";

    private static int ThreadsPerCore(InstanceType type) => type.Architecture is "arm64" || type.Family is "m7a" or "c7a" || type.VCpus == 1 ? 1 : 2;

    private static string Manufacturer(InstanceType type) =>
        type.Architecture is "arm64" ? "AWS" : type.Family is [_, _, 'a'] or "g5" or "g4ad" or "g6" ? "AMD" : "Intel";
}
