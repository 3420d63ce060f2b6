using MassTransit;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Sagas.SpotMigrations;

/// <summary>What the process of one migration remembers: its rules and its timers. What happened is in the migration's stream.</summary>
public sealed class SpotMigrationState : SagaStateMachineInstance, ISagaVersion
{
    /// <summary>The migration's id.</summary>
    public Guid CorrelationId { get; set; }
    public int Version { get; set; }
    public string CurrentState { get; set; } = "";
    public string CustomerId { get; set; } = "";
    public MigrationPolicy Policy { get; set; } = new();
    /// <summary>The phase that was started last, from 1.</summary>
    public int Phase { get; set; }
    public Guid? AnalysisTimeoutId { get; set; }
    public Guid? VoteTimeoutId { get; set; }
    public Guid? ApprovalExpiryId { get; set; }
    public Guid? PhaseTimeoutId { get; set; }
    public Guid? MonitoringWindowId { get; set; }
    public Guid? MeasurementTimeoutId { get; set; }
    public Guid? EndingTimeoutId { get; set; }
}
