using OptiInfra.CloudSim.Machines;

namespace OptiInfra.CloudSim.Hosting;

/// <summary>How a cloud is set up; the command line fills this in.</summary>
public sealed record CloudSimOptions
{
    /// <summary>Where it listens; port 0 takes a free one.</summary>
    public string Url { get; init; } = "http://127.0.0.1:5090";

    /// <summary>A file in the shape of `aws ec2 describe-instances` output; null means no instances at first.</summary>
    public string? FleetFile { get; init; }

    public string? ScenarioFile { get; init; }

    /// <summary>A file, or a folder of files, of `aws ec2 describe-spot-price-history` output.</summary>
    public string? PriceHistory { get; init; }

    public long Seed { get; init; } = 1;

    public DateTimeOffset? ClockOrigin { get; init; }

    public double ClockSpeed { get; init; } = 1;

    public string AccessKey { get; init; } = "demo-access-key";

    public string SecretKey { get; init; } = "demo-secret-key";

    /// <summary>Where objects and the folders of instances are kept; null means a folder in the system's temporary one that goes with the program.</summary>
    public string? DataFolder { get; init; }

    /// <summary>S3 buckets to have from the start.</summary>
    public IReadOnlyList<string> Buckets { get; init; } = [];

    /// <summary>False leaves the supervisors of instances without a PID namespace, as where the kernel allows none.</summary>
    public bool Namespaces { get; init; } = true;

    public MachineLimits Limits { get; init; } = new();

    /// <summary>Reads the wall's time.</summary>
    public TimeProvider Wall { get; init; } = TimeProvider.System;
}
