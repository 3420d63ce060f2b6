using MassTransit;
using Microsoft.Extensions.Logging;
using OptiInfra.Commands;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Sagas.SpotMigrations;

/// <summary>
/// Drives a migration: each event leads to a command, each wait has a timer. The migration's stream is the truth and a
/// message only a hint, so an event that comes late or twice leads to a command that finds nothing left to do.
/// </summary>
public sealed class SpotMigrationStateMachine : MassTransitStateMachine<SpotMigrationState>
{
    readonly ISagaCommands commands;
    readonly TimeProvider clock;
    readonly ILogger<SpotMigrationStateMachine> logger;

    public SpotMigrationStateMachine(ISagaCommands commands, TimeProvider clock, ILogger<SpotMigrationStateMachine> logger)
    {
        this.commands = commands;
        this.clock = clock;
        this.logger = logger;
        InstanceState(x => x.CurrentState);
        OnUnhandledEvent(context => context.Ignore());
        CorrelateEvents();
        ConfigureTimers();

        Initially(
            When(MigrationRequested)
                .Then(c => (c.Saga.CustomerId, c.Saga.Policy) = (c.Message.CustomerId, c.Message.Policy))
                .ThenAsync(c => Execute(c, new StartAnalysis(c.Saga.CorrelationId)))
                // of two processes that share the queue the other may have had the analysis first, and no saga to tell it to
                .ThenAsync(c => Execute(c, new RequestVotes(c.Saga.CorrelationId)))
                .Schedule(AnalysisTimeout, c => new AnalysisTimedOut(c.Saga.CorrelationId), c => Until(c.Message.At + c.Saga.Policy.AnalysisTimeout))
                .TransitionTo(Analyzing));

        DuringAny(
            When(FleetAnalyzed)
                .Unschedule(AnalysisTimeout)
                .ThenAsync(c => Execute(c, new RequestVotes(c.Saga.CorrelationId))),
            When(VotesRequested)
                .Schedule(VoteTimeout, c => new VotingTimedOut(c.Saga.CorrelationId), c => Until(c.Message.Deadline))
                .TransitionTo(Coordinating),
            When(AgentApproved)
                .ThenAsync(c => Execute(c, new CloseVoting(c.Saga.CorrelationId))),
            When(AgentRejected)
                .ThenAsync(c => Execute(c, new CloseVoting(c.Saga.CorrelationId))),
            When(ApprovalRequested)
                .Unschedule(VoteTimeout)
                .Schedule(ApprovalExpiry, c => new ApprovalValidityEnded(c.Saga.CorrelationId), c => Until(c.Message.ExpiresAt))
                .TransitionTo(AwaitingApproval)
                .If(c => c.Saga.Policy.AutoApprove, approve => approve
                    .ThenAsync(c => Execute(c, new ApproveMigration(c.Saga.CorrelationId, c.Message.PlanHash, "policy:auto-approve", ByPolicy: true)))),
            When(CustomerApproved)
                .Unschedule(ApprovalExpiry)
                .ThenAsync(c => Execute(c, new StartPhase(c.Saga.CorrelationId, 1))),

            When(PhaseStarted)
                .Then(c => c.Saga.Phase = c.Message.Phase)
                .Schedule(PhaseTimeout, c => new PhaseTimedOut(c.Saga.CorrelationId, c.Message.Phase), c => Until(c.Message.At + c.Saga.Policy.PhaseTimeout))
                .TransitionTo(Executing),
            When(InstanceMigrated)
                .ThenAsync(c => Execute(c, new CompletePhase(c.Saga.CorrelationId, c.Message.Phase))),
            When(InstanceMigrationFailed)
                .ThenAsync(c => Execute(c, new CompletePhase(c.Saga.CorrelationId, c.Message.Phase))),
            When(InstanceReturnedToOnDemand)
                .ThenAsync(c => Execute(c, new CompletePhase(c.Saga.CorrelationId, c.Message.Phase)))
                .ThenAsync(c => Execute(c, new CompleteMigration(c.Saga.CorrelationId))),
            When(PhaseCompleted)
                .Unschedule(PhaseTimeout)
                .Schedule(MonitoringWindow, c => new MonitoringWindowEnded(c.Saga.CorrelationId, c.Message.Phase), c => Until(c.Message.WindowEndsAt))
                .TransitionTo(Monitoring),
            When(QualityCheckRequested)
                .Schedule(MeasurementTimeout, c => new MeasurementTimedOut(c.Saga.CorrelationId, c.Message.Phase), c => Until(c.Message.At + c.Saga.Policy.MeasurementTimeout)),
            When(QualityMeasured)
                .Unschedule(MeasurementTimeout)
                .If(c => c.Message.Comparison.Verdict is QualityVerdict.Healthy, healthy => healthy
                    .ThenAsync(c => Execute(c, new StartPhase(c.Saga.CorrelationId, c.Message.Phase + 1)))),
            When(MonitoringExtended)
                .Schedule(MonitoringWindow, c => new MonitoringWindowEnded(c.Saga.CorrelationId, c.Message.Phase), c => Until(c.Message.WindowEndsAt)),
            When(RolloutPaused)
                .TransitionTo(Paused),
            When(RolloutResumed)
                .TransitionTo(Monitoring)
                .IfElse(c => c.Message.QualityAccepted,
                    accepted => accepted.ThenAsync(c => Execute(c, new StartPhase(c.Saga.CorrelationId, c.Message.Phase + 1))),
                    again => again.Schedule(MonitoringWindow, c => new MonitoringWindowEnded(c.Saga.CorrelationId, c.Message.Phase), c => Until(c.Message.WindowEndsAt))),
            When(RetirementStarted)
                .Schedule(EndingTimeout, c => new EndingTimedOut(c.Saga.CorrelationId, c.Saga.Phase), c => Until(c.Message.At + c.Saga.Policy.RollbackTimeout))
                .TransitionTo(Retiring)
                .ThenAsync(c => Execute(c, new CompleteMigration(c.Saga.CorrelationId))),
            When(InstanceRetired)
                .ThenAsync(c => Execute(c, new CompleteMigration(c.Saga.CorrelationId))),
            When(MigrationCompleted).Unschedule(EndingTimeout).Finalize());

        // compensation: what was moved comes back, and the process ends
        DuringAny(
            When(RollbackStarted)
                .Unschedule(PhaseTimeout)
                .Unschedule(MonitoringWindow)
                .Unschedule(MeasurementTimeout)
                .Schedule(EndingTimeout, c => new EndingTimedOut(c.Saga.CorrelationId, c.Saga.Phase), c => Until(c.Message.At + c.Saga.Policy.RollbackTimeout))
                .TransitionTo(RollingBack),
            When(MigrationRolledBack).Unschedule(EndingTimeout).Finalize(),
            When(MigrationCancelled).Unschedule(AnalysisTimeout).Unschedule(VoteTimeout).Unschedule(ApprovalExpiry).Unschedule(PhaseTimeout).Unschedule(EndingTimeout).Finalize(),
            When(MigrationFailed).Unschedule(AnalysisTimeout).Unschedule(VoteTimeout).Unschedule(ApprovalExpiry).Finalize());

        // timers: the decider knows whether what was waited for has come meanwhile
        DuringAny(
            When(AnalysisTimeout.Received).ThenAsync(c => Execute(c, new TimeOut(c.Saga.CorrelationId, WaitingFor.Analysis, 0))),
            When(VoteTimeout.Received).ThenAsync(c => Execute(c, new TimeOut(c.Saga.CorrelationId, WaitingFor.Votes, 0))),
            When(ApprovalExpiry.Received).ThenAsync(c => Execute(c, new ExpireApproval(c.Saga.CorrelationId))),
            When(PhaseTimeout.Received).ThenAsync(c => Execute(c, new TimeOut(c.Saga.CorrelationId, WaitingFor.Phase, c.Message.Phase))),
            When(MonitoringWindow.Received).ThenAsync(c => Execute(c, new RequestQualityCheck(c.Saga.CorrelationId, c.Message.Phase))),
            When(MeasurementTimeout.Received).ThenAsync(c => Execute(c, new TimeOut(c.Saga.CorrelationId, WaitingFor.Measurement, c.Message.Phase))),
            When(EndingTimeout.Received)
                .ThenAsync(c => Execute(c, new TimeOut(c.Saga.CorrelationId, WaitingFor.Rollback, c.Message.Phase)))
                .ThenAsync(c => Execute(c, new TimeOut(c.Saga.CorrelationId, WaitingFor.Retirement, c.Message.Phase))));
    }

    public State Analyzing { get; private set; } = null!;
    public State Coordinating { get; private set; } = null!;
    public State AwaitingApproval { get; private set; } = null!;
    public State Executing { get; private set; } = null!;
    public State Monitoring { get; private set; } = null!;
    public State Paused { get; private set; } = null!;
    public State RollingBack { get; private set; } = null!;
    public State Retiring { get; private set; } = null!;

    public Event<MigrationRequested> MigrationRequested { get; private set; } = null!;
    public Event<FleetAnalyzed> FleetAnalyzed { get; private set; } = null!;
    public Event<VotesRequested> VotesRequested { get; private set; } = null!;
    public Event<AgentApproved> AgentApproved { get; private set; } = null!;
    public Event<AgentRejected> AgentRejected { get; private set; } = null!;
    public Event<ApprovalRequested> ApprovalRequested { get; private set; } = null!;
    public Event<CustomerApproved> CustomerApproved { get; private set; } = null!;
    public Event<PhaseStarted> PhaseStarted { get; private set; } = null!;
    public Event<InstanceMigrated> InstanceMigrated { get; private set; } = null!;
    public Event<InstanceMigrationFailed> InstanceMigrationFailed { get; private set; } = null!;
    public Event<InstanceReturnedToOnDemand> InstanceReturnedToOnDemand { get; private set; } = null!;
    public Event<PhaseCompleted> PhaseCompleted { get; private set; } = null!;
    public Event<QualityCheckRequested> QualityCheckRequested { get; private set; } = null!;
    public Event<QualityMeasured> QualityMeasured { get; private set; } = null!;
    public Event<MonitoringExtended> MonitoringExtended { get; private set; } = null!;
    public Event<RolloutPaused> RolloutPaused { get; private set; } = null!;
    public Event<RolloutResumed> RolloutResumed { get; private set; } = null!;
    public Event<RetirementStarted> RetirementStarted { get; private set; } = null!;
    public Event<InstanceRetired> InstanceRetired { get; private set; } = null!;
    public Event<MigrationCompleted> MigrationCompleted { get; private set; } = null!;
    public Event<RollbackStarted> RollbackStarted { get; private set; } = null!;
    public Event<MigrationRolledBack> MigrationRolledBack { get; private set; } = null!;
    public Event<MigrationCancelled> MigrationCancelled { get; private set; } = null!;
    public Event<MigrationFailed> MigrationFailed { get; private set; } = null!;

    public Schedule<SpotMigrationState, AnalysisTimedOut> AnalysisTimeout { get; private set; } = null!;
    public Schedule<SpotMigrationState, VotingTimedOut> VoteTimeout { get; private set; } = null!;
    public Schedule<SpotMigrationState, ApprovalValidityEnded> ApprovalExpiry { get; private set; } = null!;
    public Schedule<SpotMigrationState, PhaseTimedOut> PhaseTimeout { get; private set; } = null!;
    public Schedule<SpotMigrationState, MonitoringWindowEnded> MonitoringWindow { get; private set; } = null!;
    public Schedule<SpotMigrationState, MeasurementTimedOut> MeasurementTimeout { get; private set; } = null!;
    public Schedule<SpotMigrationState, EndingTimedOut> EndingTimeout { get; private set; } = null!;

    void CorrelateEvents()
    {
        Event(() => MigrationRequested, e => e.CorrelateById(m => m.Message.MigrationId));
        Event(() => FleetAnalyzed, e => e.CorrelateById(m => m.Message.MigrationId));
        Event(() => VotesRequested, e => e.CorrelateById(m => m.Message.MigrationId));
        Event(() => AgentApproved, e => e.CorrelateById(m => m.Message.MigrationId));
        Event(() => AgentRejected, e => e.CorrelateById(m => m.Message.MigrationId));
        Event(() => ApprovalRequested, e => e.CorrelateById(m => m.Message.MigrationId));
        Event(() => CustomerApproved, e => e.CorrelateById(m => m.Message.MigrationId));
        Event(() => PhaseStarted, e => e.CorrelateById(m => m.Message.MigrationId));
        Event(() => InstanceMigrated, e => e.CorrelateById(m => m.Message.MigrationId));
        Event(() => InstanceMigrationFailed, e => e.CorrelateById(m => m.Message.MigrationId));
        Event(() => InstanceReturnedToOnDemand, e => e.CorrelateById(m => m.Message.MigrationId));
        Event(() => PhaseCompleted, e => e.CorrelateById(m => m.Message.MigrationId));
        Event(() => QualityCheckRequested, e => e.CorrelateById(m => m.Message.MigrationId));
        Event(() => QualityMeasured, e => e.CorrelateById(m => m.Message.MigrationId));
        Event(() => MonitoringExtended, e => e.CorrelateById(m => m.Message.MigrationId));
        Event(() => RolloutPaused, e => e.CorrelateById(m => m.Message.MigrationId));
        Event(() => RolloutResumed, e => e.CorrelateById(m => m.Message.MigrationId));
        Event(() => RetirementStarted, e => e.CorrelateById(m => m.Message.MigrationId));
        Event(() => InstanceRetired, e => e.CorrelateById(m => m.Message.MigrationId));
        Event(() => MigrationCompleted, e => e.CorrelateById(m => m.Message.MigrationId));
        Event(() => RollbackStarted, e => e.CorrelateById(m => m.Message.MigrationId));
        Event(() => MigrationRolledBack, e => e.CorrelateById(m => m.Message.MigrationId));
        Event(() => MigrationCancelled, e => e.CorrelateById(m => m.Message.MigrationId));
        Event(() => MigrationFailed, e => e.CorrelateById(m => m.Message.MigrationId));
    }

    void ConfigureTimers()
    {
        Schedule(() => AnalysisTimeout, s => s.AnalysisTimeoutId, s => s.Received = r => r.CorrelateById(m => m.Message.MigrationId));
        Schedule(() => VoteTimeout, s => s.VoteTimeoutId, s => s.Received = r => r.CorrelateById(m => m.Message.MigrationId));
        Schedule(() => ApprovalExpiry, s => s.ApprovalExpiryId, s => s.Received = r => r.CorrelateById(m => m.Message.MigrationId));
        Schedule(() => PhaseTimeout, s => s.PhaseTimeoutId, s => s.Received = r => r.CorrelateById(m => m.Message.MigrationId));
        Schedule(() => MonitoringWindow, s => s.MonitoringWindowId, s => s.Received = r => r.CorrelateById(m => m.Message.MigrationId));
        Schedule(() => MeasurementTimeout, s => s.MeasurementTimeoutId, s => s.Received = r => r.CorrelateById(m => m.Message.MigrationId));
        Schedule(() => EndingTimeout, s => s.EndingTimeoutId, s => s.Received = r => r.CorrelateById(m => m.Message.MigrationId));
    }

    async Task Execute(BehaviorContext<SpotMigrationState> context, ISpotMigrationCommand command)
    {
        var outcome = await commands.ExecuteAsync(context, command, context.Saga.CustomerId, (command as TimeOut)?.WaitingFor).ConfigureAwait(false);
        if (outcome is CommandOutcome.Refused refused)
            logger.LogWarning("Migration {MigrationId}: {Command} was refused: {Reason}", context.Saga.CorrelationId, command.GetType().Name, refused.Reason);
    }

    TimeSpan Until(DateTimeOffset instant) => clock.Until(instant);
}
