using System.Security.Cryptography;
using OptiInfra.Commands.LiveMigrations;
using OptiInfra.Contracts.Access;
using OptiInfra.Contracts.LiveMigrations;
using static OptiInfra.Commands.Tests.LiveMigrations.JobScene;

namespace OptiInfra.Commands.Tests.LiveMigrations;

public sealed class SubmitJobTests
{
    static SubmitJob Submit(TrainingJobSpec spec) => new(AJob.Id, "acme", "pat", spec);

    [Fact]
    public void GivenNothing_WhenSubmitted_ThenTheJobIsThereWithAPlaceOfItsOwnInTheBucket() =>
        GivenNothing()
            .When(Submit(AJob.Spec) with { Submitter = new SignedInPerson("u-1", [Role.Operator]) })
            .Then(new JobSubmitted(AJob.Id, "acme", "pat", AJob.Spec, $"jobs/{AJob.Id:D}", Spec.Noon, "u-1"))
            .Where(job => Assert.Equal((JobStatus.Pending, true, "u-1"), (job.Status, job.NeedsPlace, job.SubmitterId)))
            .Again().ThenRefused("job_exists", "under a new id");

    [Fact]
    public void GivenNothing_WhenSubmittedWithAPrefix_ThenItLosesItsSlashes() =>
        Assert.Equal("mine/a", GivenNothing().When(Submit(AJob.Spec with { Prefix = "/mine/a/" })).Single<JobSubmitted>().Prefix);

    [Fact]
    public void GivenNoJob_WhenAskedForAnything_ThenItIsRefusedWithWhereToLook() =>
        Assert.All(EveryJobCommand.Examples().Where(c => c is not SubmitJob), c => GivenNothing().When(c).ThenRefused("unknown_job", "`optiinfra jobs`"));

    public static TheoryData<string, TrainingJobSpec> Broken
    {
        get
        {
            var (spec, policy) = (AJob.Spec, AJob.Spec.Policy);
            return new()
            {
                { "name must be", spec with { Name = "Regression" } },
                { "name must be", spec with { Name = new string('a', 41) } },
                { "bucket must be", spec with { Bucket = "B" } },
                { "prefix must be", spec with { Prefix = "a'; rm -rf \"$HOME" } },
                { "prefix must be", spec with { Prefix = "/" } },
                { "estimatedHours must be", spec with { EstimatedHours = 0 } },
                { "estimatedHours must be", spec with { EstimatedHours = 8785 } },
                { "deadline", spec with { Deadline = Spec.Noon.AddHours(48) } },
                { "program.files must hold", spec with { Program = spec.Program with { Files = [] } } },
                { "must be a plain file name", spec with { Program = spec.Program with { Files = [new ProgramFile("../x.py", "")] } } },
                { "is there twice", spec with { Program = spec.Program with { Files = [new ProgramFile("x.py", ""), new ProgramFile("x.py", "")] } } },
                { "holds a line END_OF_FILE", spec with { Program = spec.Program with { Files = [new ProgramFile("x.py", "a\nEND_OF_FILE\nrm -rf /\n")] } } },
                { "262144 is the most", spec with { Program = spec.Program with { Files = [new ProgramFile("x.py", new string('µ', 131_073))] } } },
                { "bytes of user data, packed with gzip; EC2 takes at most 16384. Make the script smaller", spec with { Program = spec.Program with { Files = [Unpackable(16_384)] } } },
                { "must hold the mark @TOKEN@", spec with { Program = spec.Program with { UserData = "@BUCKET@ @PREFIX@ @EPOCH@ @FILES@" } } },
                { "needs.minVCpus", spec with { Needs = spec.Needs with { MinVCpus = 0 } } },
                { "needs.imageId", spec with { Needs = spec.Needs with { ImageId = " " } } },
                { "needs.architecture", spec with { Needs = spec.Needs with { Architecture = "riscv64" } } },
                { "policy.scouting.controlPeriod", spec with { Policy = policy with { Scouting = new ScoutPolicy { ControlPeriod = TimeSpan.Zero } } } },
                { "policy.scouting.minSavingFraction", spec with { Policy = policy with { Scouting = new ScoutPolicy { MinSavingFraction = 20 } } } },
                { "policy.scouting.paybackFactor", spec with { Policy = policy with { Scouting = new ScoutPolicy { PaybackFactor = 0.5 } } } },
                { "policy.scouting.minPlacementScore", spec with { Policy = policy with { Scouting = new ScoutPolicy { MinPlacementScore = 11 } } } },
                { "policy.silenceTimeout", spec with { Policy = policy with { WatchInterval = TimeSpan.FromMinutes(5) } } },
                { "policy.launchTimeout", spec with { Policy = policy with { LaunchTimeout = TimeSpan.FromDays(400) } } },
                { "maxFailedLaunches at least 1", spec with { Policy = policy with { MaxFailedLaunches = 0 } } },
            };
        }
    }

    /// <summary>A script that holds so many bytes which cannot be packed.</summary>
    static ProgramFile Unpackable(int packed) =>
        new("train.py", $"blob = '{Convert.ToBase64String(Enumerable.Range(0, packed / 32).SelectMany(i => SHA256.HashData(BitConverter.GetBytes(i))).ToArray())}'\n");

    [Fact]
    public void GivenNothing_WhenSubmittedWithAScriptThatJustFitsItsUserData_ThenItIsTaken()
    {
        var fits = Enumerable.Range(480, 32).Select(i => AJob.Spec with { Program = AJob.Spec.Program with { Files = [Unpackable(32 * i)] } })
            .Last(spec => TrainerUserData.LargestPacked(spec, $"jobs/{AJob.Id:D}") <= TrainerUserData.Largest);

        GivenNothing().When(Submit(fits)).Single<JobSubmitted>();

        Assert.InRange(TrainerUserData.LargestPacked(fits, $"jobs/{AJob.Id:D}"), TrainerUserData.Largest - 100, TrainerUserData.Largest);
    }

    [Theory]
    [MemberData(nameof(Broken), DisableDiscoveryEnumeration = true)]
    public void GivenNothing_WhenSubmittedWithSomethingWrong_ThenTheRefusalNamesIt(string names, TrainingJobSpec spec) =>
        GivenNothing().When(Submit(spec)).ThenRefused("invalid_job", names);
}
