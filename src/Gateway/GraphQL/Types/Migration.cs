using OptiInfra.Contracts.SpotMigrations;
using OptiInfra.GraphQL;
using OptiInfra.Projections;

namespace OptiInfra.Gateway.GraphQL;

/// <summary>The move of a fleet to spot capacity: where it stands, what it promised and what it has brought. Money in USD, monthly amounts of 730 hours.</summary>
sealed class Migration(MigrationSummary summary, long? version)
{
    public Guid Id => summary.Id;
    public string Customer => summary.CustomerId;
    /// <summary>Of the stream that this state was folded from; null where it comes from the read models, which follow the log.</summary>
    public long? Version => version;
    public MigrationStatus Status => summary.Status;
    /// <summary>It has completed, failed, been rolled back or cancelled.</summary>
    public bool IsOver => summary.IsOver;
    public string RequestedBy => summary.RequestedBy;
    public DateTimeOffset RequestedAt => summary.RequestedAt;
    public DateTimeOffset? EndedAt => summary.EndedAt;
    public int InstancesAnalysed => summary.InstancesAnalysed;
    /// <summary>What the analysed fleet cost per month.</summary>
    public decimal FleetMonthlyUsd => summary.FleetMonthlyUsd;
    public int OpportunityCount => summary.Opportunities;
    /// <summary>How many instances stay, by reason.</summary>
    [GraphQLName("refusals")]
    public IReadOnlyList<RefusalCount> RefusalCounts { get; } = [.. summary.Refusals.Select(r => new RefusalCount(r.Key, r.Value))];
    public string? PlanHash => summary.PlanHash;
    public int PlannedInstances => summary.PlannedInstances;
    /// <summary>Until when the plan can be approved.</summary>
    public DateTimeOffset? ExpiresAt => summary.ExpiresAt;
    public string? ApprovedBy => summary.ApprovedBy;
    public int PhaseCount => summary.PhaseCount;
    /// <summary>From 1; 0 before the first.</summary>
    public int Phase => summary.Phase;
    /// <summary>Cumulative target of the phase.</summary>
    public int Percent => summary.Percent;
    public DateTimeOffset? WindowEndsAt => summary.WindowEndsAt;
    /// <summary>Instances whose traffic a replacement has.</summary>
    public int Moved => summary.Moved;
    public int Failed => summary.Failed;
    public int RolledBack => summary.RolledBack;
    public int Retired => summary.Retired;
    public int Interruptions => summary.Interruptions;
    public int ReturnedToOnDemand => summary.ReturnedToOnDemand;
    public QualitySummary? LastQuality => summary.LastQuality;
    public decimal? PromisedSavingMonthlyUsd => summary.PromisedSavingMonthlyUsd;
    public decimal RealisedSavingMonthlyUsd => summary.RealisedSavingMonthlyUsd;
    /// <summary>Why it failed, was rolled back or cancelled.</summary>
    public string? Reason => summary.Reason;
    /// <summary>After a rollback: the fleet is the same as when it was analysed.</summary>
    public bool? FleetAsBefore => summary.FleetAsBefore;
    /// <summary>What a person is asked now.</summary>
    public string? Question => summary.Question;

    internal MigrationKey Key => new(Customer, Id, Version);
}

/// <summary>How many instances stay for one reason.</summary>
sealed record RefusalCount(RefusalReason Reason, int Instances);
