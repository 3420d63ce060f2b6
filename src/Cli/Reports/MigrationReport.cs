using OptiInfra.Contracts.SpotMigrations;
using OptiInfra.EventStore;

namespace OptiInfra.Cli.Reports;

/// <summary>What a migration was and what it brought, from its events.</summary>
sealed class MigrationReport
{
    readonly List<PhaseReport> phases = [];
    readonly List<object> votes = [];
    readonly List<object> incidents = [];

    public Guid Id { get; private init; }
    public FleetAnalyzed? Analysis { get; private set; }
    public List<Opportunity> Opportunities { get; } = [];
    /// <summary><see cref="AgentApproved"/> or <see cref="AgentRejected"/>, in the order in which they came.</summary>
    public IReadOnlyList<object> Votes => votes;
    public ApprovalRequested? Approval { get; private set; }
    public CustomerApproved? Approved { get; private set; }
    public IReadOnlyList<PhaseReport> Phases => phases;
    /// <summary>Launch failures, failed moves, interruptions and returns to on-demand, in order.</summary>
    public IReadOnlyList<object> Incidents => incidents;
    public int Retired { get; private set; }
    public decimal RealisedSavingMonthlyUsd { get; private set; }
    /// <summary>The event that ended it; null while it runs.</summary>
    public object? End { get; private set; }

    public bool IsComplete => End is MigrationCompleted;

    public static async Task<MigrationReport> ReadAsync(IDocumentStore store, string customer, Guid id, CancellationToken cancellationToken)
    {
        await using var session = store.QuerySession(customer);
        return Of(id, (await session.Events.FetchStreamAsync(id, cancellationToken: cancellationToken)).Select(e => e.Data));
    }

    public static MigrationReport Of(Guid id, IEnumerable<object> events)
    {
        var report = new MigrationReport { Id = id };
        foreach (var e in events)
            report.Take(e);
        return report;
    }

    void Take(object @event)
    {
        switch (@event)
        {
            case FleetAnalyzed e:
                Analysis = e;
                break;
            case OpportunityFound e:
                Opportunities.Add(e.Opportunity);
                break;
            case AgentApproved or AgentRejected:
                votes.Add(@event);
                break;
            case ApprovalRequested e:
                Approval = e;
                break;
            case CustomerApproved e:
                Approved = e;
                break;
            case PhaseStarted e:
                phases.Add(new PhaseReport(e));
                break;
            case PhaseCompleted e:
                phases[^1].Completed = e;
                break;
            case QualityMeasured e:
                phases[^1].Measurements.Add(e);
                break;
            case LaunchFailed or InstanceMigrationFailed or InstanceInterrupted or InstanceReturnedToOnDemand or AttentionNeeded:
                incidents.Add(@event);
                break;
            case InstanceRetired e:
                Retired++;
                RealisedSavingMonthlyUsd += Contracts.Money.MonthlyUsd(e.OnDemandHourlyUsd - e.ReplacementHourlyUsd);
                break;
            case MigrationCompleted or MigrationFailed or MigrationRolledBack or MigrationCancelled:
                End = @event;
                break;
        }
    }
}

/// <summary>A phase with what was measured in its windows.</summary>
sealed class PhaseReport(PhaseStarted started)
{
    public PhaseStarted Started { get; } = started;
    /// <summary>Null when it was not finished.</summary>
    public PhaseCompleted? Completed { get; set; }
    public List<QualityMeasured> Measurements { get; } = [];
}
