using System.Collections.Immutable;
using OptiInfra.Contracts.SpotMigrations;
using OptiInfra.EventStore;

namespace OptiInfra.Projections;

/// <summary>Which instances of a fleet are cheaper elsewhere, and why do the others stay?</summary>
public sealed record MigrationOpportunities
{
    /// <summary>The migration's.</summary>
    public required Guid Id { get; init; }
    public required DateTimeOffset AnalysedAt { get; init; }
    public required string Region { get; init; }
    public required decimal FleetMonthlyUsd { get; init; }
    public ImmutableList<FoundOpportunity> Found { get; init; } = [];
    /// <summary>By instance id.</summary>
    public ImmutableList<RefusedInstance> Refused { get; init; } = [];
}

/// <param name="ExcludedBy">The agent that took the instance out of the plan; null when none did.</param>
public sealed record FoundOpportunity(
    string InstanceId,
    string InstanceType,
    string AvailabilityZone,
    string? Team,
    UsagePattern Pattern,
    decimal OnDemandMonthlyUsd,
    string RecommendedPool,
    decimal SpotMeanHourlyUsd,
    int CandidatePools,
    Risk Risk,
    decimal ExpectedSavingMonthlyUsd,
    double Confidence,
    string? ExcludedBy = null);

public sealed record RefusedInstance(string InstanceId, string InstanceType, string? Team, RefusalReason Reason, string Evidence);

/// <inheritdoc cref="MigrationOpportunities"/>
public sealed class MigrationOpportunitiesProjection : SingleStreamProjection<MigrationOpportunities>
{
    public static MigrationOpportunities Create(FleetAnalyzed e)
    {
        var teams = e.Observation.Instances.ToDictionary(i => i.Instance.InstanceId, i => i.Instance.Tag(Contracts.FleetTags.Team), StringComparer.Ordinal);
        return new MigrationOpportunities
        {
            Id = e.MigrationId,
            AnalysedAt = e.At,
            Region = e.Observation.Region,
            FleetMonthlyUsd = e.FleetMonthlyUsd,
            Refused =
            [
                .. from refusal in e.Refusals
                   orderby refusal.InstanceId
                   select new RefusedInstance(refusal.InstanceId, refusal.InstanceType, teams.GetValueOrDefault(refusal.InstanceId), refusal.Reason, refusal.Evidence),
            ],
        };
    }

    public static MigrationOpportunities Apply(OpportunityFound e, MigrationOpportunities o) => o with
    {
        Found = o.Found.Add(new FoundOpportunity(
            e.Opportunity.InstanceId,
            e.Opportunity.InstanceType,
            e.Opportunity.AvailabilityZone,
            e.Opportunity.Team,
            e.Opportunity.Pattern,
            e.Opportunity.OnDemandMonthlyUsd,
            e.Opportunity.Recommended.Pool.ToString(),
            e.Opportunity.Recommended.MeanHourlyUsd,
            e.Opportunity.Candidates.Count,
            e.Opportunity.Risk,
            e.Opportunity.ExpectedSavingMonthlyUsd,
            e.Opportunity.Confidence)),
    };

    public static MigrationOpportunities Apply(AgentRejected e, MigrationOpportunities o)
    {
        var excluded = e.InstanceIds.ToHashSet(StringComparer.Ordinal);
        return o with { Found = o.Found.ConvertAll(f => f.ExcludedBy is null && excluded.Contains(f.InstanceId) ? f with { ExcludedBy = e.Agent } : f) };
    }
}
