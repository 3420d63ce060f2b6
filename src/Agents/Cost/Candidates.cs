using OptiInfra.Contracts;

namespace OptiInfra.Agents.Cost;

/// <summary>Which instance types can take over from which.</summary>
public static class Candidates
{
    /// <summary>Beyond this multiple of its on-demand price a type is no economical stand-in, whatever its spot price is today.</summary>
    const decimal MaxPriceMultiple = 2.5m;

    /// <summary>Same architecture; at least the vCPUs, memory and GPUs; no GPUs where none are used; not burstable; with a known price.</summary>
    public static bool CanReplace(InstanceTypeFacts target, InstanceTypeFacts original, IReadOnlyDictionary<string, decimal> onDemandHourlyUsd) =>
        target.Architecture == original.Architecture
        && target.VCpus >= original.VCpus
        && target.MemoryMib >= original.MemoryMib
        && target.Gpus >= original.Gpus
        && (original.Gpus > 0 || target.Gpus == 0)
        && !target.Burstable
        && onDemandHourlyUsd.TryGetValue(target.InstanceType, out var price)
        && onDemandHourlyUsd.TryGetValue(original.InstanceType, out var originalPrice)
        && price <= originalPrice * MaxPriceMultiple;
}
