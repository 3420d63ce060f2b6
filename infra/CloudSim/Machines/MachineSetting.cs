using System.Globalization;
using OptiInfra.CloudSim.Catalogue;
using OptiInfra.CloudSim.Instances;

namespace OptiInfra.CloudSim.Machines;

/// <summary>What is the same for all machines of a cloud.</summary>
/// <param name="Prefix">The words before the supervisor's command.</param>
/// <param name="Endpoint">Where the cloud is reached from this machine, without a slash at the end.</param>
/// <param name="ClockSpeed">Seconds of the cloud per second of the wall.</param>
public sealed record MachineSetting(MachineLimits Limits, IReadOnlyList<string> Prefix, string Endpoint, double ClockSpeed)
{
    /// <summary>An environment that AWS's SDKs understand by themselves; nothing of the cloud's own environment but PATH gets in.</summary>
    public IEnumerable<(string Name, string Value)> EnvironmentOf(Instance instance, string home) =>
    [
        ("PATH", Environment.GetEnvironmentVariable("PATH") is { Length: > 0 } path ? path : "/usr/local/bin:/usr/bin:/bin"),
        ("HOME", home),
        ("LANG", "C.UTF-8"),
        ("AWS_REGION", Zones.Region),
        ("AWS_DEFAULT_REGION", Zones.Region),
        ("AWS_ENDPOINT_URL_S3", Endpoint),
        // botocore of before 2023 puts "latest/…" right behind it
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", Endpoint + "/imds/" + instance.Id + "/"),
        ("INSTANCE_ID", instance.Id),
        ("PRIVATE_IPV4", instance.PrivateIpAddress),
        ("OPTIINFRA_CLOCK_SPEED", ClockSpeed.ToString("R", CultureInfo.InvariantCulture)),
    ];
}
