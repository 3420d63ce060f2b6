using System.CommandLine;
using System.Globalization;
using OptiInfra.Cli.Errors;
using OptiInfra.Cli.Migrations;
using OptiInfra.Cli.Output;
using OptiInfra.Contracts.LiveMigrations;

namespace OptiInfra.Cli.Jobs;

/// <summary><c>optiinfra jobs submit</c>: a training script with what it needs.</summary>
sealed class JobSubmitCommand
{
    readonly Option<string> script = new("--script") { Description = $"folder with the training script (*.py) and user-data.sh.template ({TrainingFolder.Default})", DefaultValueFactory = _ => TrainingFolder.Default };
    readonly Option<string> name = new("--name") { Description = "for people and in the job's address: lower-case letters, digits and hyphens", Required = true };
    readonly Option<string> bucket = new("--bucket") { Description = "S3 bucket of its checkpoints", Required = true };
    readonly Option<string?> prefix = new("--prefix") { Description = "where in the bucket (jobs/JOB-ID)" };
    readonly Option<string> image = new("--image") { Description = "machine image, such as ami-…", Required = true };
    readonly Option<double> hours = new("--hours") { Description = "running time of the whole job on a machine that fits", Required = true };
    readonly Option<string?> deadline = new("--deadline") { Description = "when it must be done: a time such as 2026-02-01T12:00:00Z, or from now: +90m, +60h, +3d (none: only money counts)" };
    readonly Option<string[]> types = new("--type") { Description = "only these instance types (all that are large enough)", AllowMultipleArgumentsPerToken = true };
    readonly Option<string[]> zones = new("--zone") { Description = "only these availability zones (all of the region)", AllowMultipleArgumentsPerToken = true };
    readonly Option<int> minVCpus = new("--min-vcpus") { Description = "vCPUs that it needs at least (1)", DefaultValueFactory = _ => 1 };
    readonly Option<long> minMemory = new("--min-memory-mib") { Description = "memory in MiB that it needs at least" };
    readonly Option<int> minGpus = new("--min-gpus") { Description = "GPUs that it needs at least" };
    readonly Option<string> architecture = new("--architecture") { Description = "x86_64 or arm64; the image must fit it (x86_64)", DefaultValueFactory = _ => "x86_64" };
    readonly Option<string?> profile = new("--instance-profile") { Description = "name or ARN of the instance profile whose role may read and write the checkpoints" };
    readonly Option<string[]> groups = new("--security-group") { Description = "security groups of its instances", AllowMultipleArgumentsPerToken = true };
    readonly Option<string[]> subnets = new("--subnet") { Description = "subnet of a zone, as us-east-1a=subnet-…; a zone without one uses its default" };
    readonly Option<string?> key = new("--key") { Description = "SSH key pair of its instances" };
    readonly Option<string> options = new("--options") { Description = "for the training script, shell-quoted", DefaultValueFactory = _ => "" };
    readonly Option<string?> policy = new("--policy") { Description = "JSON file with the rules of this job; what it does not name keeps its default" };
    readonly Option<string[]> tags = new("--tag") { Description = "tag of its instances, as key=value; repeat it for more" };
    readonly Option<bool> watch = new("--watch") { Description = "show progress until it is over; exit status 0 only when it is completed" };
    readonly Option<string?> actor = ActorOption.Create();

    public static Command Create(PlatformOptions platform)
    {
        var submit = new JobSubmitCommand();
        var command = new Command("submit", "Submits a training job to the running platform.");
        foreach (var option in (Option[])[submit.script, submit.name, submit.bucket, submit.prefix, submit.image, submit.hours, submit.deadline, submit.types, submit.zones, submit.minVCpus, submit.minMemory, submit.minGpus, submit.architecture, submit.profile, submit.groups, submit.subnets, submit.key, submit.options, submit.policy, submit.tags, submit.watch, submit.actor])
            command.Options.Add(option);
        command.SetHandler(platform, submit.RunAsync);
        return command;
    }

    async Task<int> RunAsync(ParseResult parsed, PlatformSettings settings, CancellationToken cancellationToken)
    {
        var spec = Spec(parsed, settings.Clock.GetUtcNow());
        await using var desk = new MigrationDesk(settings);
        var id = Guid.CreateVersion7(settings.Clock.GetUtcNow());
        var who = ActorOption.Read(parsed, actor);
        await desk.ExecuteAsync(new SubmitJob(id, settings.Customer, who, spec), who, cancellationToken);
        var console = Terminal.Create();
        console.Say($"Submitted job {id}.");
        if (parsed.GetValue(watch))
            return await JobWatch.UntilOverAsync(console, desk.Store, settings, id, cancellationToken);
        console.Say($"`optiinfra jobs show {id} --watch` shows it; its address is {JobView.Address(id)}");
        return ExitCode.Done;
    }

    TrainingJobSpec Spec(ParseResult parsed, DateTimeOffset now) => new()
    {
        Name = parsed.GetValue(name)!,
        Program = TrainingFolder.Read(parsed.GetValue(script)!, parsed.GetValue(options)!),
        Needs = new MachineNeeds
        {
            MinVCpus = parsed.GetValue(minVCpus),
            MinMemoryMib = parsed.GetValue(minMemory),
            MinGpus = parsed.GetValue(minGpus),
            Architecture = parsed.GetValue(architecture)!,
            InstanceTypes = parsed.GetValue(types) ?? [],
            AvailabilityZones = parsed.GetValue(zones) ?? [],
            ImageId = parsed.GetValue(image)!,
            InstanceProfile = parsed.GetValue(profile),
            SecurityGroupIds = parsed.GetValue(groups) ?? [],
            KeyName = parsed.GetValue(key),
            Subnets = FleetTagOption.Read(parsed, subnets),
        },
        Bucket = parsed.GetValue(bucket)!,
        Prefix = parsed.GetValue(prefix),
        EstimatedHours = parsed.GetValue(hours),
        Deadline = parsed.GetValue(deadline) is { } text ? Deadline(text, now) : null,
        Tags = FleetTagOption.Read(parsed, tags),
        Policy = parsed.GetValue(policy) is { } path ? PolicyFile.ReadJob(path) : new JobPolicy(),
    };

    static DateTimeOffset Deadline(string text, DateTimeOffset now)
    {
        if (text is ['+', .. var span, var unit] && double.TryParse(span, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count) && count is > 0 and < 1_000_000)
        {
            TimeSpan? after = unit switch { 'm' => TimeSpan.FromMinutes(count), 'h' => TimeSpan.FromHours(count), 'd' => TimeSpan.FromDays(count), _ => null };
            if (after is { } known)
                return now + known;
        }

        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var at) ? at
            : throw CliException.BadInput($"--deadline '{text}' is neither a time such as 2026-02-01T12:00:00Z nor a span from now such as +90m, +60h or +3d.");
    }
}
