using MassTransit;
using OptiInfra.Contracts.LiveMigrations;

namespace OptiInfra.Sagas.LiveMigrations;

/// <summary>What the process of one job remembers: its rules and its timers. What happened is in the job's stream.</summary>
public sealed class LiveMigrationState : SagaStateMachineInstance, ISagaVersion
{
    /// <summary>The job's id.</summary>
    public Guid CorrelationId { get; set; }
    public int Version { get; set; }
    public string CurrentState { get; set; } = "";
    public string CustomerId { get; set; } = "";
    public JobPolicy Policy { get; set; } = new();
    public Guid? CheckpointTimeoutId { get; set; }
    public Guid? LaunchTimeoutId { get; set; }
    public Guid? SwitchTimeoutId { get; set; }
    public Guid? TakeOverTimeoutId { get; set; }
    public Guid? RetirementTimeoutId { get; set; }
}
