using System.Globalization;
using OptiInfra.Agents;
using OptiInfra.Agents.Application;
using OptiInfra.Agents.Cost;
using OptiInfra.Agents.Performance;
using OptiInfra.Agents.Resource;
using OptiInfra.Contracts.SpotMigrations;
using OptiInfra.EventStore;

namespace OptiInfra.Replay;

/// <summary>Lets the agents judge again, by their pure functions over what the log holds of what they saw.</summary>
public static class VerdictReplay
{
    public static IReadOnlyList<ReplayedDecision> Run(IReadOnlyList<IEvent> events)
    {
        var verdicts = new List<ReplayedDecision>();
        MigrationRequested? request = null;
        FleetAnalyzed? analysis = null;
        VotesRequested? votes = null;
        QualityBaselineTaken? baseline = null;
        foreach (var e in events)
        {
            switch (e.Data)
            {
                case MigrationRequested requested:
                    request = requested;
                    break;
                case FleetAnalyzed analyzed when request is not null:
                    analysis = analyzed;
                    verdicts.Add(Assessed(e, analyzed, request.Policy, events));
                    break;
                case VotesRequested asked:
                    votes = asked;
                    break;
                case QualityBaselineTaken taken:
                    baseline = taken;
                    break;
                case AgentApproved or AgentRejected when request is not null && analysis is not null && votes is not null:
                    verdicts.Add(Voted(e, RecordedVote.Of(e.Data)!, votes, analysis, baseline, request.Policy));
                    break;
            }
        }

        return verdicts;
    }

    static ReplayedDecision Assessed(IEvent e, FleetAnalyzed analyzed, MigrationPolicy policy, IReadOnlyList<IEvent> events)
    {
        var recorded = new Assessment(
            analyzed.FleetMonthlyUsd, [.. events.Select(x => x.Data).OfType<OpportunityFound>().Select(o => o.Opportunity)], analyzed.Refusals);
        return Compared(e, "assessment of the fleet", recorded, CostAssessment.Assess(analyzed.Observation, policy));
    }

    static ReplayedDecision Voted(IEvent e, CastVote recorded, VotesRequested votes, FleetAnalyzed analysis, QualityBaselineTaken? baseline, MigrationPolicy policy)
    {
        var what = $"vote of the {recorded.Agent} agent";
        return Again(recorded, votes, analysis, baseline, policy) is { } again
            ? Compared(e, what, recorded, again.Cast(votes.MigrationId, recorded.Agent, votes.PlanHash, recorded.Observed))
            : new ReplayedDecision(e.Version - 1, e.Timestamp, e.Actor ?? "", what, null, recorded.Agent switch
            {
                AgentNames.Cost => "the spot prices of that moment are not in the log",
                AgentNames.Resource => "the placement scores of that moment are not in the log",
                AgentNames.Application => "no baseline is in the log",
                _ => "what it was computed from is not in the log",
            });
    }

    static Vote? Again(CastVote recorded, VotesRequested votes, FleetAnalyzed analysis, QualityBaselineTaken? baseline, MigrationPolicy policy) => (recorded.Agent, recorded.Observed) switch
    {
        (AgentNames.Cost, { SpotPrices: not null } observed) => CostVote.Judge(votes.Plan, observed, policy),
        (AgentNames.Resource, { Placement: not null, AvailabilityZones: not null } observed) => ResourceVote.Judge(votes.Plan, observed, policy),
        (AgentNames.Performance, { Unreadable: { } unreadable }) => PerformanceVote.Judge(votes.Plan, analysis.Observation, unreadable, policy),
        (AgentNames.Performance, _) when LatencyUnknown(recorded) is { } unknown => PerformanceVote.Judge(votes.Plan, analysis.Observation, unknown, policy),
        (AgentNames.Application, _) when baseline is not null => ApplicationVote.Judge(votes.Plan, baseline.Windows, recorded.Observed?.Unreadable ?? baseline.Unreadable, policy),
        _ => null,
    };

    /// <summary>
    /// From a vote that does not carry them: the performance agent puts the instances whose latency it could not read before its
    /// other concerns, and their number into its evidence.
    /// </summary>
    static IReadOnlyList<string>? LatencyUnknown(CastVote recorded) =>
        recorded.Evidence.TryGetValue("latency_unknown", out var text)
        && int.TryParse(text.Split(' ')[0], CultureInfo.InvariantCulture, out var count)
        && count <= recorded.Concerns.Count
            ? [.. recorded.Concerns.Take(count)]
            : null;

    static ReplayedDecision Compared(IEvent e, string what, object recorded, object again) =>
        new(e.Version - 1, e.Timestamp, e.Actor ?? "", what, DecisionReplay.WrittenDifference(recorded, again));
}
