using MassTransit;
using Microsoft.Extensions.Logging;
using OptiInfra.Commands;
using OptiInfra.Contracts.LiveMigrations;

namespace OptiInfra.Sagas.LiveMigrations;

/// <summary>
/// Drives a training job from its submission to its end, through as many changeovers as it takes. As everywhere, the stream is
/// the truth: an event that comes late or twice leads to a command that finds nothing left to do.
/// </summary>
public sealed class LiveMigrationStateMachine : MassTransitStateMachine<LiveMigrationState>
{
    readonly ISagaCommands commands;
    readonly TimeProvider clock;
    readonly ILogger<LiveMigrationStateMachine> logger;

    public LiveMigrationStateMachine(ISagaCommands commands, TimeProvider clock, ILogger<LiveMigrationStateMachine> logger)
    {
        this.commands = commands;
        this.clock = clock;
        this.logger = logger;
        InstanceState(x => x.CurrentState);
        OnUnhandledEvent(context => context.Ignore());
        CorrelateEvents();
        ConfigureTimers();

        Initially(
            When(JobSubmitted)
                .Then(c => (c.Saga.CustomerId, c.Saga.Policy) = (c.Message.CustomerId, c.Message.Spec.Policy))
                .TransitionTo(Scouting)
                .ThenAsync(c => Execute(c, new StartScouting(c.Saga.CorrelationId)))
                // of two processes that share the queue the other may have had the first offer before the saga was there
                .ThenAsync(c => Execute(c, new StartProvisioning(c.Saga.CorrelationId))));

        // a place
        DuringAny(
            When(ScoutingStarted)
                .TransitionTo(Scouting),
            When(OfferFound)
                .ThenAsync(c => Execute(c, new StartProvisioning(c.Saga.CorrelationId))),
            When(MigrationTriggered)
                .TransitionTo(Migrating)
                .If(c => c.Message.Trigger is MigrationTrigger.BetterOffer or MigrationTrigger.Requested, awaits => awaits
                    .Schedule(CheckpointTimeout, c => new CheckpointTimedOut(c.Saga.CorrelationId, c.Message.FromEpoch), c => Until(c.Message.At + c.Saga.Policy.CheckpointTimeout)))
                .ThenAsync(c => Execute(c, new StartProvisioning(c.Saga.CorrelationId))),
            When(CheckpointSaved)
                .If(c => c.Message.Requested, requested => requested
                    .Unschedule(CheckpointTimeout)
                    .ThenAsync(c => Execute(c, new StartProvisioning(c.Saga.CorrelationId)))),
            When(ProvisioningStarted)
                .Schedule(LaunchTimeout, c => new LaunchTimedOut(c.Saga.CorrelationId, c.Message.Epoch), c => Until(c.Message.At + c.Saga.Policy.LaunchTimeout)),
            When(ProvisioningFailed)
                .Unschedule(LaunchTimeout));

        // the handover: everything before the takeover can be undone
        DuringAny(
            When(TrainerReady)
                .Unschedule(LaunchTimeout)
                .ThenAsync(c => Execute(c, new RequestEndpointSwitch(c.Saga.CorrelationId, c.Message.Epoch))),
            When(EndpointSwitchRequested)
                .Schedule(SwitchTimeout, c => new SwitchTimedOut(c.Saga.CorrelationId, c.Message.Epoch), c => Until(c.Message.At + c.Saga.Policy.HandoverTimeout)),
            When(EndpointSwitched)
                .Unschedule(SwitchTimeout),
            When(TakeOverRequested)
                .Schedule(TakeOverTimeout, c => new TakeOverTimedOut(c.Saga.CorrelationId, c.Message.Epoch), c => Until(c.Message.At + c.Saga.Policy.HandoverTimeout)),
            When(TrainingStarted)
                .Unschedule(TakeOverTimeout)
                .TransitionTo(Running),
            When(TrainingResumed)
                .Unschedule(TakeOverTimeout)
                .TransitionTo(Running),
            When(MigrationAbandoned)
                .Unschedule(CheckpointTimeout)
                .Unschedule(LaunchTimeout)
                .Unschedule(TakeOverTimeout)
                .TransitionTo(Running),
            When(TrainerLost)
                .Unschedule(CheckpointTimeout)
                .ThenAsync(c => Execute(c, new StartProvisioning(c.Saga.CorrelationId))));

        // the end: nothing may be left behind
        DuringAny(
            When(TrainingFinished)
                .Schedule(RetirementTimeout, c => new RetirementTimedOut(c.Saga.CorrelationId), c => Until(c.Message.At + c.Saga.Policy.RetirementTimeout))
                .TransitionTo(Ending)
                .ThenAsync(c => Execute(c, new ConcludeJob(c.Saga.CorrelationId))),
            When(JobStopped)
                .Schedule(RetirementTimeout, c => new RetirementTimedOut(c.Saga.CorrelationId), c => Until(c.Message.At + c.Saga.Policy.RetirementTimeout))
                .TransitionTo(Ending)
                .ThenAsync(c => Execute(c, new ConcludeJob(c.Saga.CorrelationId))),
            When(OldInstanceTerminated)
                .ThenAsync(c => Execute(c, new ConcludeJob(c.Saga.CorrelationId))),
            When(JobCompleted).ThenUnscheduleAll(this).Finalize(),
            When(JobFailed).ThenUnscheduleAll(this).Finalize(),
            When(JobCancelled).ThenUnscheduleAll(this).Finalize());

        DuringAny(
            When(CheckpointTimeout.Received).ThenAsync(c => Execute(c, new TimeOutJob(c.Saga.CorrelationId, JobWait.Checkpoint, c.Message.Epoch))),
            When(LaunchTimeout.Received).ThenAsync(c => Execute(c, new TimeOutJob(c.Saga.CorrelationId, JobWait.Launch, c.Message.Epoch))),
            When(SwitchTimeout.Received).ThenAsync(c => Execute(c, new TimeOutJob(c.Saga.CorrelationId, JobWait.Switch, c.Message.Epoch))),
            When(TakeOverTimeout.Received).ThenAsync(c => Execute(c, new TimeOutJob(c.Saga.CorrelationId, JobWait.TakeOver, c.Message.Epoch))),
            When(RetirementTimeout.Received).ThenAsync(c => Execute(c, new TimeOutJob(c.Saga.CorrelationId, JobWait.Retirement, 0))));
    }

    public State Scouting { get; private set; } = null!;
    public State Running { get; private set; } = null!;
    public State Migrating { get; private set; } = null!;
    public State Ending { get; private set; } = null!;

    public Event<JobSubmitted> JobSubmitted { get; private set; } = null!;
    public Event<ScoutingStarted> ScoutingStarted { get; private set; } = null!;
    public Event<OfferFound> OfferFound { get; private set; } = null!;
    public Event<MigrationTriggered> MigrationTriggered { get; private set; } = null!;
    public Event<CheckpointSaved> CheckpointSaved { get; private set; } = null!;
    public Event<ProvisioningStarted> ProvisioningStarted { get; private set; } = null!;
    public Event<ProvisioningFailed> ProvisioningFailed { get; private set; } = null!;
    public Event<TrainerReady> TrainerReady { get; private set; } = null!;
    public Event<EndpointSwitchRequested> EndpointSwitchRequested { get; private set; } = null!;
    public Event<EndpointSwitched> EndpointSwitched { get; private set; } = null!;
    public Event<TakeOverRequested> TakeOverRequested { get; private set; } = null!;
    public Event<TrainingStarted> TrainingStarted { get; private set; } = null!;
    public Event<TrainingResumed> TrainingResumed { get; private set; } = null!;
    public Event<MigrationAbandoned> MigrationAbandoned { get; private set; } = null!;
    public Event<TrainerLost> TrainerLost { get; private set; } = null!;
    public Event<TrainingFinished> TrainingFinished { get; private set; } = null!;
    public Event<JobStopped> JobStopped { get; private set; } = null!;
    public Event<OldInstanceTerminated> OldInstanceTerminated { get; private set; } = null!;
    public Event<JobCompleted> JobCompleted { get; private set; } = null!;
    public Event<JobFailed> JobFailed { get; private set; } = null!;
    public Event<JobCancelled> JobCancelled { get; private set; } = null!;

    public Schedule<LiveMigrationState, CheckpointTimedOut> CheckpointTimeout { get; private set; } = null!;
    public Schedule<LiveMigrationState, LaunchTimedOut> LaunchTimeout { get; private set; } = null!;
    public Schedule<LiveMigrationState, SwitchTimedOut> SwitchTimeout { get; private set; } = null!;
    public Schedule<LiveMigrationState, TakeOverTimedOut> TakeOverTimeout { get; private set; } = null!;
    public Schedule<LiveMigrationState, RetirementTimedOut> RetirementTimeout { get; private set; } = null!;

    void CorrelateEvents()
    {
        Event(() => JobSubmitted, e => e.CorrelateById(m => m.Message.JobId));
        Event(() => ScoutingStarted, e => e.CorrelateById(m => m.Message.JobId));
        Event(() => OfferFound, e => e.CorrelateById(m => m.Message.JobId));
        Event(() => MigrationTriggered, e => e.CorrelateById(m => m.Message.JobId));
        Event(() => CheckpointSaved, e => e.CorrelateById(m => m.Message.JobId));
        Event(() => ProvisioningStarted, e => e.CorrelateById(m => m.Message.JobId));
        Event(() => ProvisioningFailed, e => e.CorrelateById(m => m.Message.JobId));
        Event(() => TrainerReady, e => e.CorrelateById(m => m.Message.JobId));
        Event(() => EndpointSwitchRequested, e => e.CorrelateById(m => m.Message.JobId));
        Event(() => EndpointSwitched, e => e.CorrelateById(m => m.Message.JobId));
        Event(() => TakeOverRequested, e => e.CorrelateById(m => m.Message.JobId));
        Event(() => TrainingStarted, e => e.CorrelateById(m => m.Message.JobId));
        Event(() => TrainingResumed, e => e.CorrelateById(m => m.Message.JobId));
        Event(() => MigrationAbandoned, e => e.CorrelateById(m => m.Message.JobId));
        Event(() => TrainerLost, e => e.CorrelateById(m => m.Message.JobId));
        Event(() => TrainingFinished, e => e.CorrelateById(m => m.Message.JobId));
        Event(() => JobStopped, e => e.CorrelateById(m => m.Message.JobId));
        Event(() => OldInstanceTerminated, e => e.CorrelateById(m => m.Message.JobId));
        Event(() => JobCompleted, e => e.CorrelateById(m => m.Message.JobId));
        Event(() => JobFailed, e => e.CorrelateById(m => m.Message.JobId));
        Event(() => JobCancelled, e => e.CorrelateById(m => m.Message.JobId));
    }

    void ConfigureTimers()
    {
        Schedule(() => CheckpointTimeout, s => s.CheckpointTimeoutId, s => s.Received = r => r.CorrelateById(m => m.Message.JobId));
        Schedule(() => LaunchTimeout, s => s.LaunchTimeoutId, s => s.Received = r => r.CorrelateById(m => m.Message.JobId));
        Schedule(() => SwitchTimeout, s => s.SwitchTimeoutId, s => s.Received = r => r.CorrelateById(m => m.Message.JobId));
        Schedule(() => TakeOverTimeout, s => s.TakeOverTimeoutId, s => s.Received = r => r.CorrelateById(m => m.Message.JobId));
        Schedule(() => RetirementTimeout, s => s.RetirementTimeoutId, s => s.Received = r => r.CorrelateById(m => m.Message.JobId));
    }

    async Task Execute(BehaviorContext<LiveMigrationState> context, ILiveMigrationCommand command)
    {
        var outcome = await commands.ExecuteAsync(context, command, context.Saga.CustomerId, (command as TimeOutJob)?.WaitingFor).ConfigureAwait(false);
        if (outcome is CommandOutcome.Refused refused)
            logger.LogWarning("Job {JobId}: {Command} was refused: {Reason}", context.Saga.CorrelationId, command.GetType().Name, refused.Reason);
    }

    TimeSpan Until(DateTimeOffset instant) => clock.Until(instant);
}

static class LiveMigrationEnding
{
    public static EventActivityBinder<LiveMigrationState, T> ThenUnscheduleAll<T>(this EventActivityBinder<LiveMigrationState, T> binder, LiveMigrationStateMachine machine)
        where T : class =>
        binder.Unschedule(machine.CheckpointTimeout).Unschedule(machine.LaunchTimeout).Unschedule(machine.SwitchTimeout).Unschedule(machine.TakeOverTimeout).Unschedule(machine.RetirementTimeout);
}
