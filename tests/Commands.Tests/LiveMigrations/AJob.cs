using System.Globalization;
using OptiInfra.Contracts;
using OptiInfra.Contracts.LiveMigrations;

namespace OptiInfra.Commands.Tests.LiveMigrations;

/// <summary>Realistic values of one training job: its program, pools, offers and what its trainers say.</summary>
public static class AJob
{
    public const int Iterations = 1000;

    public static Guid Id { get; } = new("0198c2a4-7a10-7c55-8e21-5b1c9d4402f7");

    public static CapacityPool Dear { get; } = new(CapacityType.Spot, "m5.xlarge", "us-east-1a");

    public static CapacityPool Cheap { get; } = new(CapacityType.Spot, "m5.xlarge", "us-east-1c");

    public static TrainingJobSpec Spec { get; } = new()
    {
        Name = "regression",
        Program = new TrainingProgram([new ProgramFile("linear_regression.py", "print('µ')\n")], "#!/bin/bash\n@FILES@\n@JOB@ @BUCKET@ @PREFIX@ @EPOCH@ @TOKEN@ @OPTIONS@\n", "--iterations 1000"),
        Needs = new MachineNeeds { MinVCpus = 2, ImageId = "ami-0c7217cdde317cfec", AvailabilityZones = ["us-east-1a", "us-east-1c"], Subnets = new Dictionary<string, string> { ["us-east-1a"] = "subnet-1" } },
        Bucket = "acme-training",
        EstimatedHours = 48,
        Deadline = Tests.Spec.Noon.AddHours(60),
        Tags = new Dictionary<string, string> { ["team"] = "search" },
        Policy = new JobPolicy { MaxFailedLaunches = 3 },
    };

    public static string Instance(int epoch) => string.Create(CultureInfo.InvariantCulture, $"i-0b7d55a1c3e9{epoch:x5}");

    public static string Address(int epoch) => string.Create(CultureInfo.InvariantCulture, $"10.0.2.{epoch}:8080");

    public static string LossHex(int step) => string.Create(CultureInfo.InvariantCulture, $"0x1.{step:x13}p-4");

    public static TrainerCheckpoint Checkpoint(int step, int epoch) => new(step, epoch, string.Create(CultureInfo.InvariantCulture, $"jobs/regression/manifests/{epoch:d6}-{step:d9}.json"), LossHex(step));

    public static ResumedState Resumed(TrainerCheckpoint from) => new(from.Step, from.Epoch, from.Manifest, LossHex(from.Step));

    public static TrainerReport Report(int epoch, int step, string state = "training", TrainerCheckpoint? checkpoint = null, ResumedState? resumedFrom = null, bool notice = false) =>
        new(state, step, Iterations, epoch, 1.0 / (1 + step), LossHex(step), notice, checkpoint, resumedFrom);

    public static TrainerReport Standby(int epoch, TrainerCheckpoint? resumedFrom = null) =>
        Report(epoch, resumedFrom?.Step ?? 0, "standby", resumedFrom: resumedFrom is null ? null : Resumed(resumedFrom));

    public static ScoutObservation Observed(RunsOn on = RunsOn.Nothing, decimal hourlyUsd = 0) => new(
        new ScoutedJob(40, 52.5, on, on is RunsOn.Spot ? "m5.xlarge/us-east-1a" : null, hourlyUsd, 3, 0, 0.25, 0.2, 0.1, 0.01m),
        [
            new SpotOffer("m5.xlarge/us-east-1a", 0.10m, true, 5, 7),
            new SpotOffer("m5.xlarge/us-east-1c", 0.06m, true, 12, null, 1),
        ],
        0.192m);

    public static ProposeOffer Place { get; } = new(Id, null, Dear, 0.10m, null, Observed(), ["spot is there", "the deadline is far"]);

    public static ProposeOffer Better(int epoch) => new(Id, epoch, Cheap, 0.06m, 1.25m, Observed(RunsOn.Spot, 0.10m), ["40 % cheaper"]);
}
