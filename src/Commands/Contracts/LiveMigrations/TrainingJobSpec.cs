namespace OptiInfra.Contracts.LiveMigrations;

/// <summary>A training job as its team submits it.</summary>
public sealed record TrainingJobSpec
{
    /// <summary>For people, and in the job's address: lower-case letters, digits and hyphens, 1 to 40.</summary>
    public required string Name { get; init; }
    public required TrainingProgram Program { get; init; }
    public required MachineNeeds Needs { get; init; }
    /// <summary>S3 bucket of the job's checkpoints.</summary>
    public required string Bucket { get; init; }
    /// <summary>Where in the bucket; null is <c>jobs/JOB-ID</c>.</summary>
    public string? Prefix { get; init; }
    /// <summary>Running time of the whole job on a machine that fits, in hours; what is left is read from its steps once it runs.</summary>
    public required double EstimatedHours { get; init; }
    /// <summary>Null: none, only money counts.</summary>
    public DateTimeOffset? Deadline { get; init; }
    /// <summary>Tags of its instances, for example <c>team</c>.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();
    public JobPolicy Policy { get; init; } = new();
}

/// <summary>What runs on the instance: files that user data writes there, and the options of the trainer among them.</summary>
/// <param name="Files">All text, 256 KiB in all; with the user data at most 16 KiB packed, as EC2 takes it.</param>
/// <param name="UserData">Shell script with the marks @JOB@, @BUCKET@, @PREFIX@, @EPOCH@, @TOKEN@, @OPTIONS@ and @FILES@.</param>
/// <param name="Options">For the trainer, shell-quoted.</param>
public sealed record TrainingProgram(IReadOnlyList<ProgramFile> Files, string UserData, string Options);

public sealed record ProgramFile(string Name, string Content);

/// <summary>Which machines will do.</summary>
public sealed record MachineNeeds
{
    public int MinVCpus { get; init; } = 1;
    public long MinMemoryMib { get; init; }
    public int MinGpus { get; init; }
    /// <summary><c>x86_64</c> or <c>arm64</c>; the image must fit it.</summary>
    public string Architecture { get; init; } = "x86_64";
    /// <summary>Those alone; empty: all that offer enough and have a price.</summary>
    public IReadOnlyList<string> InstanceTypes { get; init; } = [];
    /// <summary>Those alone; empty: all of the region.</summary>
    public IReadOnlyList<string> AvailabilityZones { get; init; } = [];
    public required string ImageId { get; init; }
    /// <summary>Name or ARN of the instance profile whose role may read and write the checkpoints.</summary>
    public string? InstanceProfile { get; init; }
    public IReadOnlyList<string> SecurityGroupIds { get; init; } = [];
    public string? KeyName { get; init; }
    /// <summary>Subnets by availability zone; a zone without one uses its default.</summary>
    public IReadOnlyDictionary<string, string> Subnets { get; init; } = new Dictionary<string, string>();
}

/// <summary>The rules of one job, recorded with it.</summary>
public sealed record JobPolicy
{
    public ScoutPolicy Scouting { get; init; } = new();
    /// <summary>From the decision to move until training goes on elsewhere, before any was measured.</summary>
    public TimeSpan ExpectedChangeover { get; init; } = TimeSpan.FromMinutes(12);
    /// <summary>What one move costs in transfer between regions or zones, USD.</summary>
    public decimal EgressUsd { get; init; }
    /// <summary>How often the trainer is looked at.</summary>
    public TimeSpan WatchInterval { get; init; } = TimeSpan.FromSeconds(10);
    /// <summary>A trainer that does not answer for so long is lost.</summary>
    public TimeSpan SilenceTimeout { get; init; } = TimeSpan.FromMinutes(2);
    /// <summary>From the launch until the trainer has resumed in standby.</summary>
    public TimeSpan LaunchTimeout { get; init; } = TimeSpan.FromMinutes(10);
    /// <summary>How long a checkpoint that was asked for may take.</summary>
    public TimeSpan CheckpointTimeout { get; init; } = TimeSpan.FromMinutes(3);
    /// <summary>How long the switch of the endpoint, and after it the takeover, may each take.</summary>
    public TimeSpan HandoverTimeout { get; init; } = TimeSpan.FromMinutes(5);
    /// <summary>After which a person is told that an instance does not go away.</summary>
    public TimeSpan RetirementTimeout { get; init; } = TimeSpan.FromMinutes(10);
    /// <summary>Launches in a row that may fail before the job is given up; waiting for an offer does not count.</summary>
    public int MaxFailedLaunches { get; init; } = 10;
}
