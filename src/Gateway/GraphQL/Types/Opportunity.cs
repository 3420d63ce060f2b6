using OptiInfra.Contracts.SpotMigrations;
using OptiInfra.GraphQL;

namespace OptiInfra.Gateway.GraphQL;

/// <summary>An instance that is cheaper elsewhere, as the newest analysis that looked at it found. Monthly amounts of 730 hours, in USD.</summary>
/// <param name="MigrationId">Whose analysis it was.</param>
/// <param name="Confidence">0..1.</param>
/// <param name="ExcludedBy">The agent that took the instance out of the plan; null when none did.</param>
sealed record Opportunity(
    Guid MigrationId,
    DateTimeOffset AnalysedAt,
    string Region,
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
    string? ExcludedBy)
{
    internal string Customer { get; init; } = "";
}

[ObjectType<Opportunity>]
static class OpportunityFields
{
    /// <summary>What became of it.</summary>
    public static async Task<Migration?> GetMigrationAsync([Parent] Opportunity opportunity, SummaryLoader summaries, CancellationToken cancellationToken) =>
        await summaries.LoadAsync(new MigrationKey(opportunity.Customer, opportunity.MigrationId, null), cancellationToken) is { } summary ? new Migration(summary, null) : null;
}
