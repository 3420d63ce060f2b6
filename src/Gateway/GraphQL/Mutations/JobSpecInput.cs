using OptiInfra.Contracts.LiveMigrations;

namespace OptiInfra.Gateway.GraphQL;

/// <summary>A training job as its team submits it.</summary>
sealed record JobSpecInput
{
    /// <summary>For people, and in the job's address: lower-case letters, digits and hyphens, 1 to 40.</summary>
    public required string Name { get; init; }
    public required TrainingProgramInput Program { get; init; }
    public required MachineNeedsInput Needs { get; init; }
    /// <summary>S3 bucket of the job's checkpoints.</summary>
    public required string Bucket { get; init; }
    /// <summary>Where in the bucket; jobs/JOB-ID where it is left out.</summary>
    public string? Prefix { get; init; }
    /// <summary>Running time of the whole job on a machine that fits.</summary>
    public required double EstimatedHours { get; init; }
    /// <summary>None where it is left out: only money counts.</summary>
    public DateTimeOffset? Deadline { get; init; }
    /// <summary>Of its instances.</summary>
    public IReadOnlyList<TagInput>? Tags { get; init; }
    public JobPolicyInput? Policy { get; init; }

    internal TrainingJobSpec ToSpec() => new()
    {
        Name = Name,
        Program = new TrainingProgram([.. Program.Files.Select(f => new ProgramFile(f.Name, f.Content))], Program.UserData, Program.Options ?? ""),
        Needs = Needs.ToNeeds(),
        Bucket = Bucket,
        Prefix = Prefix,
        EstimatedHours = EstimatedHours,
        Deadline = Deadline,
        Tags = Named("spec.tags", (Tags ?? []).Select(tag => (tag.Key, tag.Value))),
        Policy = (Policy ?? new()).ToPolicy(new JobPolicy()),
    };

    internal static IReadOnlyDictionary<string, string> Named(string where, IEnumerable<(string Key, string Value)> pairs)
    {
        var named = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in pairs)
            if (!named.TryAdd(key, value))
                throw FieldAccess.BadInput($"{where} names {key} twice.");
        return named;
    }
}

/// <summary>What runs on the instance.</summary>
sealed record TrainingProgramInput
{
    /// <summary>The training script; all text, 256 KiB in all, and with userData at most 16 KiB packed, as EC2 takes it.</summary>
    public required IReadOnlyList<ProgramFileInput> Files { get; init; }
    /// <summary>Shell script with the marks @JOB@, @BUCKET@, @PREFIX@, @EPOCH@, @TOKEN@, @OPTIONS@ and @FILES@.</summary>
    public required string UserData { get; init; }
    /// <summary>For the trainer, shell-quoted.</summary>
    public string? Options { get; init; }
}

sealed record ProgramFileInput(string Name, string Content);

/// <summary>Which machines will do.</summary>
sealed record MachineNeedsInput
{
    public required string ImageId { get; init; }
    public int? MinVCpus { get; init; }
    public long? MinMemoryMib { get; init; }
    public int? MinGpus { get; init; }
    /// <summary>x86_64 or arm64; x86_64 where it is left out.</summary>
    public string? Architecture { get; init; }
    /// <summary>Those alone; all that offer enough where it is left out.</summary>
    public IReadOnlyList<string>? InstanceTypes { get; init; }
    /// <summary>Those alone; all of the region where it is left out.</summary>
    public IReadOnlyList<string>? AvailabilityZones { get; init; }
    /// <summary>Name or ARN of the instance profile whose role may read and write the checkpoints.</summary>
    public string? InstanceProfile { get; init; }
    public IReadOnlyList<string>? SecurityGroupIds { get; init; }
    public string? KeyName { get; init; }
    /// <summary>Of zones; a zone without one uses its default.</summary>
    public IReadOnlyList<SubnetInput>? Subnets { get; init; }

    internal MachineNeeds ToNeeds()
    {
        var usual = new MachineNeeds { ImageId = ImageId };
        return usual with
        {
            MinVCpus = MinVCpus ?? usual.MinVCpus,
            MinMemoryMib = MinMemoryMib ?? usual.MinMemoryMib,
            MinGpus = MinGpus ?? usual.MinGpus,
            Architecture = Architecture ?? usual.Architecture,
            InstanceTypes = InstanceTypes ?? usual.InstanceTypes,
            AvailabilityZones = AvailabilityZones ?? usual.AvailabilityZones,
            InstanceProfile = InstanceProfile,
            SecurityGroupIds = SecurityGroupIds ?? usual.SecurityGroupIds,
            KeyName = KeyName,
            Subnets = JobSpecInput.Named("spec.needs.subnets", (Subnets ?? []).Select(s => (s.AvailabilityZone, s.SubnetId))),
        };
    }
}

sealed record SubnetInput(string AvailabilityZone, string SubnetId);
