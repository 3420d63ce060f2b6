using System.Globalization;
using System.Text.Json;
using OptiInfra.Contracts.SpotMigrations;
using OptiInfra.Projections;

namespace OptiInfra.Gateway.GraphQL;

/// <summary>Why a migration, or one of its instances, stands where it does.</summary>
/// <param name="Reasons">In the order in which they came about; none where no event tells of it.</param>
sealed record Explanation(Guid MigrationId, string? InstanceId, MigrationStatus Status, IReadOnlyList<Reason> Reasons);

/// <summary>What one event says of it.</summary>
/// <param name="Version">Of the event in the migration's stream.</param>
/// <param name="Kind">The event's stored name.</param>
sealed record Reason(long Version, DateTimeOffset At, string Kind, string? Actor, string Text);

/// <summary>What an event gives as a reason; null where it gives none.</summary>
static class Reasons
{
    public static string? OfRollout(object data) => data switch
    {
        AgentRejected or ApprovalRequested or CustomerApproved or CustomerRejected or ApprovalExpired or InstanceMigrationFailed or InstanceInterrupted
            or QualityMeasured or QualityDegraded or MonitoringExtended or RolloutPaused or RolloutResumed or RollbackStarted or AttentionNeeded
            or MigrationRolledBack or CancellationRequested or MigrationCancelled or MigrationCompleted or MigrationFailed => TimelineSentences.Of(data),
        _ => null,
    };

    public static string? OfInstance(object data, string instanceId)
    {
        return data switch
        {
            FleetAnalyzed e => OfAnalysis(e, instanceId),
            OpportunityFound e => When(Is(e.Opportunity.InstanceId), data),
            AgentRejected e => When(e.InstanceIds.Count == 0 || e.InstanceIds.Contains(instanceId, StringComparer.Ordinal), data),
            ApprovalRequested e => e.Plan.Moves.FirstOrDefault(move => Is(move.InstanceId)) is { } planned
                ? string.Create(CultureInfo.InvariantCulture, $"It is in the plan that was put up for approval, for {planned.ExpectedSavingMonthlyUsd:0.00} USD a month.")
                : "It is not in the plan that was put up for approval.",
            PhaseStarted e => When(e.InstanceIds.Contains(instanceId, StringComparer.Ordinal), data),
            InstanceMigrationStarted e => When(Is(e.InstanceId), data),
            ReplacementLaunched e => When(Is(e.InstanceId), data),
            LaunchFailed e => When(Is(e.InstanceId), data),
            InstanceMigrated e => When(Is(e.InstanceId), data),
            InstanceMigrationFailed e => When(Is(e.InstanceId), data),
            InstanceInterrupted e => When(Is(e.InstanceId), data),
            InstanceReturnedToOnDemand e => When(Is(e.InstanceId), data),
            QualityMeasured e => e.Comparison.Instances.FirstOrDefault(measured => Is(measured.InstanceId)) is { } measured
                ? string.Create(CultureInfo.InvariantCulture, $"In phase {e.Phase} its replacement {measured.ReplacementId} degraded by {measured.Degradation:P1}, give or take {measured.StandardError:P1}: p95 {measured.P95Seconds:0.000} s after {measured.BaselineP95Seconds:0.000} s, errors {measured.ErrorRate:P2} after {measured.BaselineErrorRate:P2}.")
                : null,
            RollbackStarted e => When(e.InstanceIds.Contains(instanceId, StringComparer.Ordinal), data),
            InstanceRolledBack e => When(Is(e.InstanceId), data),
            InstanceRetired e => When(Is(e.InstanceId), data),
            MigrationFailed or CustomerRejected or MigrationCancelled => TimelineSentences.Of(data),
            _ => null,
        };

        bool Is(string other) => string.Equals(other, instanceId, StringComparison.Ordinal);
    }

    static string? When(bool isAbout, object data) => isAbout ? TimelineSentences.Of(data) : null;

    static string OfAnalysis(FleetAnalyzed e, string instanceId) =>
        e.Refusals.FirstOrDefault(refusal => string.Equals(refusal.InstanceId, instanceId, StringComparison.Ordinal)) is { } refused
            ? $"It was refused ({JsonNamingPolicy.SnakeCaseLower.ConvertName(refused.Reason.ToString())}): {refused.Evidence}."
            : e.Observation.Instances.Any(seen => string.Equals(seen.Instance.InstanceId, instanceId, StringComparison.Ordinal))
                ? "It was analysed."
                : "It was not among the instances that were analysed.";
}
