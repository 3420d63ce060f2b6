using System.Globalization;
using OptiInfra.Commands;
using OptiInfra.Commands.LiveMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.LiveMigrations;

namespace OptiInfra.Projections.Tests;

/// <summary>A training job told by its commands, ten seconds apart: the real decider makes the events.</summary>
sealed class JobStory : IStory
{
    public static readonly DateTimeOffset Start = new(2026, 2, 3, 8, 0, 0, TimeSpan.Zero);
    public static readonly CapacityPool Dear = new(CapacityType.Spot, "m5.large", "us-east-1a");
    public static readonly CapacityPool Cheap = new(CapacityType.Spot, "m5.large", "us-east-1b");

    readonly List<object> events = [];
    readonly List<(ICommand Command, DateTimeOffset At)> commands = [];

    public JobStory(Guid? id = null, string customer = "default", DateTimeOffset? start = null)
    {
        Now = start ?? Start;
        // what the log can keep
        Now = new DateTimeOffset(Now.UtcTicks - (Now.UtcTicks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);
        Id = id ?? Guid.Parse("0198a000-0000-7000-8000-000000000077");
        Customer = customer;
    }

    public Guid Id { get; }
    public string Customer { get; }
    public IReadOnlyList<object> Events => events;
    /// <inheritdoc/>
    public IReadOnlyList<(ICommand Command, DateTimeOffset At)> Commands => commands;
    public DateTimeOffset Now { get; set; }
    public TrainingJob? State { get; private set; }

    public JobStory Do(ILiveMigrationCommand command)
    {
        var decision = TrainingJobDecider.Decide(State, command, Now);
        if (decision is Decision.Refused refused)
            throw new InvalidOperationException($"{command.GetType().Name}: {refused.Reason}");
        commands.Add((command, Now));
        foreach (var e in ((Decision.Accepted)decision).Events)
        {
            events.Add(e);
            State = e is JobSubmitted submitted ? TrainingJob.Create(submitted)
                : typeof(TrainingJob).GetMethod("Apply", [e.GetType()]) is { } apply ? (TrainingJob)apply.Invoke(State, [e])!
                : State;
        }

        Now += TimeSpan.FromSeconds(10);
        return this;
    }

    public static TrainerCheckpoint Checkpoint(int step, int epoch) =>
        new(step, epoch, string.Create(CultureInfo.InvariantCulture, $"manifests/{epoch}-{step}"), string.Create(CultureInfo.InvariantCulture, $"0x1.8p-{step / 50}"));

    static TrainerReport Report(int epoch, int step, string state = "training", TrainerCheckpoint? checkpoint = null, ResumedState? from = null) =>
        new(state, step, 1000, epoch, 0.125, "0x1.0p-3", false, checkpoint, from);

    static ScoutObservation Observed(decimal pays) => new(
        new ScoutedJob(48, 60, RunsOn.Spot, null, pays, 0, 0, 0, 0.2, 0.1, 0m), [new SpotOffer("m5.large/us-east-1b", 0.03m, true, 6)], 0.096m);

    public JobStory Submitted() => Do(new SubmitJob(Id, Customer, "ana", new TrainingJobSpec
    {
        Name = "regression",
        Program = new TrainingProgram([new ProgramFile("train.py", "pass")], "@BUCKET@ @PREFIX@ @EPOCH@ @TOKEN@ @FILES@", ""),
        Needs = new MachineNeeds { ImageId = "ami-1" },
        Bucket = "acme-training",
        EstimatedHours = 48,
        Deadline = Now.AddHours(60),
        Tags = new Dictionary<string, string> { ["team"] = "search" },
    }));

    public JobStory Offered() => Submitted().Do(new StartScouting(Id)).Do(new ProposeOffer(Id, null, Dear, 0.05m, null, Observed(0), ["the only offer"]));

    /// <summary>The trainer of that epoch stands by, and the endpoint leads to it.</summary>
    public JobStory Launched(int epoch) => Do(new StartProvisioning(Id)).Do(new RecordInstanceProvisioned(Id, epoch, $"i-{epoch}"))
        .Do(new RecordTrainerReady(Id, epoch, $"i-{epoch}", $"10.0.0.{epoch}:8080", Report(epoch, State!.Checkpoint?.Step ?? 0, "standby", from: State.Checkpoint is { } c ? new ResumedState(c.Step, c.Epoch, c.Manifest, c.LossHex!) : null)))
        .Do(new RequestEndpointSwitch(Id, epoch)).Do(new RecordEndpointSwitched(Id, epoch, $"10.0.0.{epoch}:8080"));

    public JobStory TakenOver(int epoch, int finalStep = 0) => Do(new RecordTakeOver(Id, epoch, Report(epoch, State!.Checkpoint?.Step ?? 0), finalStep));

    public JobStory Saved(int step) => Do(new RecordTrainerSeen(Id, State!.WorkingEpoch!.Value, Report(State.WorkingEpoch.Value, step, checkpoint: Checkpoint(step, State.WorkingEpoch.Value))));

    /// <summary>Trainer 1 works on i-1 and has saved steps 50 and 100.</summary>
    public JobStory Running() => Offered().Launched(1).TakenOver(1).Saved(50).Saved(100);

    public JobStory BetterOffer() => Do(new ProposeOffer(Id, State!.WorkingEpoch, Cheap, 0.03m, 0.9m, Observed(0.05m), ["40 % cheaper", "it pays for itself"]));

    /// <summary>Trainer 2 has taken over at step 120, where trainer 1 was last seen at 125.</summary>
    public JobStory Moved() => BetterOffer().Do(new RecordRequestedCheckpoint(Id, 1, Checkpoint(120, 1), 1000)).Launched(2).TakenOver(2, finalStep: 125);

    public JobStory Gone(params IEnumerable<int> epochs)
    {
        foreach (var epoch in epochs)
            Do(new RecordInstanceTerminated(Id, epoch, $"i-{epoch}"));
        return this;
    }

    /// <summary>All steps are done by trainer 2, everything is gone.</summary>
    public JobStory Finished() => Saved(150).Do(new RecordTrainerSeen(Id, 2, Report(2, 1000, "completed", Checkpoint(1000, 2)))).Gone(1, 2).Do(new ConcludeJob(Id));
}
