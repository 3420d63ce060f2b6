using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.LiveMigrations;

namespace OptiInfra.Commands.Tests.LiveMigrations;

/// <summary>What happened to a job so far, told event by event; nothing here asks the decider. Each event comes a second after the one before.</summary>
public sealed class JobPast
{
    readonly List<object> events = [];
    readonly List<CapacityPool> pools = [];
    TrainerCheckpoint? saved;
    int changeover;
    int working;

    public IReadOnlyList<object> Events => events;
    public DateTimeOffset Now { get; private set; } = Spec.Noon;
    public int Epoch => pools.Count;
    public TrainerCheckpoint? Saved => saved;

    public static JobPast Submitted(TrainingJobSpec? spec = null) =>
        new JobPast().Then(p => new JobSubmitted(AJob.Id, "acme", "pat", spec ?? AJob.Spec, "jobs/regression", p.Now));

    public static JobPast Scouting(TrainingJobSpec? spec = null) => Submitted(spec).Then(p => new ScoutingStarted(AJob.Id, "The job is new.", p.Now));

    public static JobPast Offered(TrainingJobSpec? spec = null) => Scouting(spec).OfferFound();

    /// <summary>A trainer that the cloud has launched and nobody has heard of.</summary>
    public static JobPast FirstLaunched() => Offered().Starting().Launched();

    /// <summary>A trainer works, and has saved.</summary>
    public static JobPast Running(TrainingJobSpec? spec = null) => Offered(spec).Starting().Launched().Ready().SwitchAsked().Switched().TakenOver().Checkpointed(50);

    /// <summary>A better offer was found, and a checkpoint is awaited.</summary>
    public static JobPast Leaving(TrainingJobSpec? spec = null) => Running(spec).BetterOffer();

    /// <summary>The checkpoint is there, and the next trainer stands by.</summary>
    public static JobPast NextReady(TrainingJobSpec? spec = null) => Leaving(spec).Checkpointed(75, requested: true).Starting().Launched().Ready();

    /// <summary>The endpoint leads to the next trainer, which was told to take over.</summary>
    public static JobPast TakingOver(TrainingJobSpec? spec = null) => NextReady(spec).SwitchAsked().Switched();

    public JobPast OfferFound() => Then(p => new OfferFound(AJob.Id, AJob.Dear, 0.10m, AJob.Observed(), ["spot is there"], p.Now), AJob.Dear);

    public JobPast BetterOffer() => Then(p => new BetterOfferFound(AJob.Id, p.working, AJob.Cheap, 0.06m, 0.4, 1.25m, AJob.Observed(RunsOn.Spot, 0.10m), ["40 % cheaper"], p.Now), AJob.Cheap)
        .Triggered(MigrationTrigger.BetterOffer);

    public JobPast Triggered(MigrationTrigger trigger) => Then(p => new MigrationTriggered(AJob.Id, ++p.changeover, trigger, p.working, "40 % cheaper", p.Now));

    public JobPast Checkpointed(int step, bool requested = false)
    {
        saved = AJob.Checkpoint(step, working);
        return Then(p => new CheckpointSaved(AJob.Id, p.saved!, AJob.Iterations, requested, p.Now));
    }

    public JobPast Starting()
    {
        pools.Add(chosen ?? AJob.Dear);
        return Then(p => new ProvisioningStarted(AJob.Id, p.Epoch, p.pools[^1], 0.10m, ClientToken.For(AJob.Id, "trainer", p.Epoch, p.pools[^1]), p.Now));
    }

    public JobPast Launched() => Then(p => new InstanceProvisioned(AJob.Id, p.Epoch, AJob.Instance(p.Epoch), p.Now));

    public JobPast Failed() => Then(p => new ProvisioningFailed(AJob.Id, p.Epoch, p.pools[^1], null, "InsufficientInstanceCapacity", "none", p.Now));

    public JobPast Ready() => Then(p => new TrainerReady(AJob.Id, p.Epoch, AJob.Instance(p.Epoch), AJob.Address(p.Epoch), p.saved is null ? null : AJob.Resumed(p.saved), p.Now));

    public JobPast SwitchAsked(bool back = false) => Then(p => new EndpointSwitchRequested(AJob.Id, back ? p.working : p.Epoch, AJob.Address(back ? p.working : p.Epoch), back, p.Now));

    public JobPast Switched() => Then(p => new EndpointSwitched(AJob.Id, p.Epoch, AJob.Address(p.Epoch), false, p.Now)).TakeOverAsked();

    public JobPast TakeOverAsked() => Then(p => new TakeOverRequested(AJob.Id, p.Epoch, AJob.Address(p.Epoch), p.working == 0 ? null : p.working, p.Now));

    public JobPast TakenOver()
    {
        var first = working == 0;
        if (!first)
            Then(p => new TrainerFenced(AJob.Id, p.working, AJob.Instance(p.working), p.Epoch, p.Now));
        working = Epoch;
        return Then(p => first
            ? new TrainingStarted(AJob.Id, p.Epoch, AJob.Instance(p.Epoch), p.Now)
            : new TrainingResumed(AJob.Id, p.changeover, p.Epoch, AJob.Instance(p.Epoch), p.saved?.Step ?? 0, 0, new ChangeoverParts(1, 1, 1, 1, 1, 5), p.Now));
    }

    public JobPast Interrupted() => Then(p => new TrainerInterrupted(AJob.Id, p.working, AJob.Instance(p.working), p.pools[p.working - 1], "notice", p.Now));

    public JobPast Lost(int lastStep = 60) => Then(p => new TrainerLost(AJob.Id, p.working, AJob.Instance(p.working), p.pools[p.working - 1], lastStep, "silent", p.Now));

    public JobPast Finished() => Then(p => new TrainingFinished(AJob.Id, p.working, AJob.Iterations, 0.125, AJob.LossHex(AJob.Iterations), p.Now));

    public JobPast Stopped(JobStatus ending) => Then(p => new JobStopped(AJob.Id, ending, "pat", "not needed", p.Now));

    public JobPast Gone(int epoch) => Then(p => new OldInstanceTerminated(AJob.Id, epoch, AJob.Instance(epoch), p.Now));

    public JobPast Later(TimeSpan after)
    {
        Now += after;
        return this;
    }

    CapacityPool? chosen;

    JobPast Then(Func<JobPast, object> what, CapacityPool? offered = null)
    {
        chosen = offered ?? chosen;
        events.Add(what(this));
        return Later(TimeSpan.FromSeconds(1));
    }
}
