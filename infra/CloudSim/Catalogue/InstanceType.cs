namespace OptiInfra.CloudSim.Catalogue;

/// <summary>What AWS publishes of one instance type.</summary>
/// <param name="MemoryMib">Memory in MiB.</param>
/// <param name="Architecture">x86_64 or arm64.</param>
/// <param name="GpuMemoryMib">Memory of all its GPUs together, in MiB.</param>
/// <param name="NeuronAccelerators">Inferentia chips.</param>
/// <param name="EbsBaselineMbps">0 where AWS publishes none.</param>
/// <param name="OnDemandHourlyUsd">Linux, us-east-1.</param>
public sealed record InstanceType(
    string Name,
    int VCpus,
    int MemoryMib,
    string Architecture,
    bool CurrentGeneration,
    bool Burstable,
    int Gpus,
    string GpuName,
    int GpuMemoryMib,
    int NeuronAccelerators,
    int EbsBaselineMbps,
    string Network,
    int InstanceStorageGb,
    decimal OnDemandHourlyUsd)
{
    /// <summary>The part before the dot: g4dn of g4dn.xlarge.</summary>
    public string Family => Name[..Name.IndexOf('.', StringComparison.Ordinal)];

    /// <summary>True where models are served: a GPU or an Inferentia chip.</summary>
    public bool Accelerated => Gpus > 0 || NeuronAccelerators > 0;
}
