using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using OptiInfra.Contracts.LiveMigrations;

namespace OptiInfra.Commands.LiveMigrations;

/// <summary>What a job must fulfil to be taken.</summary>
public static partial class TrainingJobRules
{
    const int LargestProgram = 256 * 1024;
    static readonly TimeSpan Longest = TimeSpan.FromDays(366);

    /// <summary>The first rule that the job breaks, with its remedy; null when it is sound.</summary>
    /// <param name="prefix">Where its checkpoints will lie.</param>
    public static string? Broken(TrainingJobSpec spec, string prefix, DateTimeOffset now)
    {
        if (!NamePattern().IsMatch(spec.Name ?? ""))
            return $"name must be 1 to 40 lower-case letters, digits and hyphens, beginning with a letter; it is '{spec.Name}'.";
        if (!BucketPattern().IsMatch(spec.Bucket ?? ""))
            return $"bucket must be the name of an S3 bucket (3 to 63 lower-case letters, digits, hyphens and dots); it is '{spec.Bucket}'.";
        if (!PrefixPattern().IsMatch(prefix))
            return $"prefix must be letters, digits, dots, hyphens, underscores and slashes, 1 to 200 and beginning with a letter or digit; it is '{spec.Prefix}'. Leave it out for jobs/JOB-ID.";
        if (spec.EstimatedHours is not (> 0 and <= 8784))
            return string.Create(CultureInfo.InvariantCulture, $"estimatedHours must be above 0 and at most 8784 (a year); it is {spec.EstimatedHours}.");
        if (spec.Deadline is { } deadline && (deadline - now).TotalHours < spec.EstimatedHours + spec.Policy.ExpectedChangeover.TotalHours)
            return string.Create(CultureInfo.InvariantCulture, $"deadline {deadline:O} is too near: {spec.EstimatedHours} hours of work and a start of {spec.Policy.ExpectedChangeover} do not fit before it.");
        return Broken(spec.Program) ?? TrainerUserData.TooLarge(TrainerUserData.LargestPacked(spec, prefix)) ?? Broken(spec.Needs) ?? Broken(spec.Policy);
    }

    static string? Broken(TrainingProgram program)
    {
        if (program.Files.Count == 0)
            return "program.files must hold the training script.";
        if (program.Files.FirstOrDefault(f => !FilePattern().IsMatch(f.Name)) is { } odd)
            return $"program.files: '{odd.Name}' must be a plain file name of letters, digits, dots, hyphens and underscores.";
        if (program.Files.GroupBy(f => f.Name, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
            return $"program.files: '{twice.Key}' is there twice.";
        // how a file in the user data ends
        if (program.Files.FirstOrDefault(f => f.Content.Split('\n').Contains("END_OF_FILE", StringComparer.Ordinal)) is { } ended)
            return $"program.files: '{ended.Name}' holds a line END_OF_FILE, with which a file ends in the user data; write it otherwise.";
        var bytes = program.Files.Sum(f => Encoding.UTF8.GetByteCount(f.Content)) + Encoding.UTF8.GetByteCount(program.UserData);
        if (bytes > LargestProgram)
            return string.Create(CultureInfo.InvariantCulture, $"program is {bytes} bytes; {LargestProgram} is the most. Put large things into the bucket and load them from there.");
        string[] marks = ["@BUCKET@", "@PREFIX@", "@EPOCH@", "@TOKEN@", "@FILES@"];
        return marks.FirstOrDefault(mark => !program.UserData.Contains(mark, StringComparison.Ordinal)) is { } missing
            ? $"program.userData must hold the mark {missing}, which the launch fills in."
            : null;
    }

    static string? Broken(MachineNeeds needs) =>
        needs.MinVCpus < 1 || needs.MinMemoryMib < 0 || needs.MinGpus < 0 ? "needs.minVCpus must be at least 1, needs.minMemoryMib and needs.minGpus not negative."
        : string.IsNullOrWhiteSpace(needs.ImageId) ? "needs.imageId must name the machine image."
        : needs.Architecture is not ("x86_64" or "arm64") ? $"needs.architecture must be x86_64 or arm64; it is '{needs.Architecture}'."
        : null;

    static string? Broken(JobPolicy policy)
    {
        if (policy.Scouting is not { } scouting)
            return "policy.scouting must not be null; leave it out for its defaults.";
        (string Name, TimeSpan Value)[] durations =
        [
            ("scouting.controlPeriod", scouting.ControlPeriod), ("expectedChangeover", policy.ExpectedChangeover), ("watchInterval", policy.WatchInterval),
            ("silenceTimeout", policy.SilenceTimeout), ("launchTimeout", policy.LaunchTimeout), ("checkpointTimeout", policy.CheckpointTimeout),
            ("handoverTimeout", policy.HandoverTimeout), ("retirementTimeout", policy.RetirementTimeout),
        ];
        foreach (var (name, value) in durations)
        {
            if (value <= TimeSpan.Zero || value > Longest)
                return $"policy.{name} must be longer than zero and at most {Longest.Days} days; it is {value}.";
        }

        if (scouting.MinStay < TimeSpan.Zero || scouting.MinOfferAge < TimeSpan.Zero)
            return "policy.scouting.minStay and minOfferAge must not be negative.";
        if (scouting.MinSavingFraction is not (>= 0 and < 1))
            return string.Create(CultureInfo.InvariantCulture, $"policy.scouting.minSavingFraction must lie between 0 and 1; it is {scouting.MinSavingFraction}.");
        if (scouting.PaybackFactor is not (>= 1 and <= 1000))
            return string.Create(CultureInfo.InvariantCulture, $"policy.scouting.paybackFactor must lie between 1 and 1000; it is {scouting.PaybackFactor}.");
        if (scouting.MinPlacementScore is < 1 or > 10)
            return $"policy.scouting.minPlacementScore must lie between 1 and 10, as the cloud's scores do; it is {scouting.MinPlacementScore}.";
        if (policy.SilenceTimeout < policy.WatchInterval)
            return $"policy.silenceTimeout ({policy.SilenceTimeout}) must not be shorter than watchInterval ({policy.WatchInterval}).";
        return policy.EgressUsd < 0 || policy.MaxFailedLaunches < 1 ? "policy.egressUsd must not be negative, and maxFailedLaunches at least 1." : null;
    }

    [GeneratedRegex("^[a-z][a-z0-9-]{0,39}$")]
    private static partial Regex NamePattern();

    [GeneratedRegex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")]
    private static partial Regex BucketPattern();

    // it stands in the user data, which is a shell script
    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$")]
    private static partial Regex PrefixPattern();

    [GeneratedRegex("^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$")]
    private static partial Regex FilePattern();
}
