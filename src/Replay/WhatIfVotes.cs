using OptiInfra.Agents;
using OptiInfra.Agents.Application;
using OptiInfra.Agents.Cost;
using OptiInfra.Agents.Performance;
using OptiInfra.Agents.Resource;
using OptiInfra.Commands;
using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Replay;

/// <summary>How the agents would have voted on the other plan, from what they looked at.</summary>
static class WhatIfVotes
{
    /// <returns>The plan that would have been put to a person; null where the agents would have let nothing through.</returns>
    public static ApprovalRequested? Compare(RecordedMigration past, MigrationPolicy policy, SpotMigration asked, Findings findings)
    {
        var plan = asked.Plan!;
        foreach (var agent in policy.Voters)
        {
            var vote = Judge(agent, past, policy, plan, findings);
            // an agent that cannot be asked again stands in nobody's way here, and is named as unknown
            asked = vote is null or { Approved: true }
                ? asked.Apply(new AgentApproved(asked.Id, agent, asked.PlanHash!, 1, [], [], new Dictionary<string, string>(StringComparer.Ordinal), past.Analysis!.At))
                : asked.Apply(new AgentRejected(asked.Id, agent, asked.PlanHash!, vote.Confidence, vote.InstanceIds, vote.Concerns, [], vote.Evidence, past.Analysis!.At));
            if (vote is not null)
                findings.Compare(WhatIfStep.Vote, agent, past.Votes.TryGetValue(agent, out var then) ? Text(then.Approved, then.InstanceIds) : "did not vote", Text(vote.Approved, vote.InstanceIds), string.Join("; ", vote.Concerns));
        }

        foreach (var gone in past.Votes.Keys.Except(policy.Voters, StringComparer.Ordinal))
            findings.Compare(WhatIfStep.Vote, gone, Text(past.Votes[gone].Approved, past.Votes[gone].InstanceIds), "is not asked", "it is not among the policy's voters");
        var closed = SpotMigrationDecider.Decide(asked, new CloseVoting(asked.Id), past.Approval?.At ?? past.Asked?.At ?? past.Analysis!.At);
        return closed is Decision.Accepted { Events: [ApprovalRequested approval] } ? approval : null;
    }

    static Vote? Judge(string agent, RecordedMigration past, MigrationPolicy policy, MigrationPlan plan, Findings findings)
    {
        var observed = past.Votes.GetValueOrDefault(agent)?.Observed;
        switch (agent)
        {
            case AgentNames.Cost when observed?.SpotPrices is { } prices:
                return CostVote.Judge(plan, observed with { SpotPrices = [.. prices, .. NotAsked(past, plan, findings)] }, policy);
            case AgentNames.Resource when observed is { Placement: { } placement, AvailabilityZones: not null }:
                return ResourceVote.Judge(plan, observed with { Placement = [.. SameTypes(placement, plan, findings)] }, policy);
            case AgentNames.Performance when observed?.Unreadable is { } unreadable:
                var looked = past.Asked!.Plan.Moves.Select(m => m.InstanceId).ToHashSet(StringComparer.Ordinal);
                foreach (var move in plan.Moves.Where(m => !looked.Contains(m.InstanceId)))
                    findings.Cannot(WhatIfStep.Vote, move.InstanceId, "whether its latency could be read was not looked at");
                var ids = plan.Moves.Select(m => m.InstanceId).ToHashSet(StringComparer.Ordinal);
                return PerformanceVote.Judge(plan, past.Analysis!.Observation, [.. unreadable.Where(u => ids.Any(id => u.StartsWith(id, StringComparison.Ordinal)))], policy);
            case AgentNames.Application when past.Baseline is { } baseline:
                return ApplicationVote.Judge(Measured(past, policy, plan, baseline, findings), baseline.Windows, observed?.Unreadable ?? baseline.Unreadable, policy);
            default:
                findings.Cannot(WhatIfStep.Vote, agent, past.Votes.ContainsKey(agent) ? "its recorded vote does not say what it looked at" : "it did not vote, so what it would have looked at is not in the log");
                return null;
        }
    }

    /// <summary>Types that the recorded plan did not name were not asked about: their prices are those of the analysis.</summary>
    static IEnumerable<PoolPrice> NotAsked(RecordedMigration past, MigrationPlan plan, Findings findings)
    {
        var asked = past.Asked!.Plan.Moves.SelectMany(m => m.Candidates).Select(c => c.Pool.InstanceType).ToHashSet(StringComparer.Ordinal);
        foreach (var candidate in plan.Moves.SelectMany(m => m.Candidates).Where(c => !asked.Contains(c.Pool.InstanceType)).DistinctBy(c => c.Pool))
        {
            findings.Cannot(WhatIfStep.Vote, candidate.Pool.ToString(), "its price at the vote was not asked for; the analysis's is taken");
            yield return new PoolPrice(candidate.Pool, candidate.CurrentHourlyUsd);
        }
    }

    /// <summary>A score is one of a set of types; of another set nothing is known.</summary>
    static IEnumerable<PlacementObservation> SameTypes(IReadOnlyList<PlacementObservation> placement, MigrationPlan plan, Findings findings)
    {
        foreach (var move in plan.Moves)
        {
            var types = move.Candidates.Select(c => c.Pool.InstanceType).ToHashSet(StringComparer.Ordinal);
            if (placement.FirstOrDefault(p => p.InstanceIds.Contains(move.InstanceId)) is { } answer && types.SetEquals(answer.InstanceTypes))
                yield return answer with { InstanceIds = [move.InstanceId] };
            else
                findings.Cannot(WhatIfStep.Vote, move.InstanceId, "placement scores of the types that it could move to were not asked for");
        }
    }

    /// <summary>The part of the plan whose quality was taken before anything moved.</summary>
    static MigrationPlan Measured(RecordedMigration past, MigrationPolicy policy, MigrationPlan plan, QualityBaselineTaken baseline, Findings findings)
    {
        var looked = past.Asked!.Plan.Moves.Select(m => m.InstanceId).ToHashSet(StringComparer.Ordinal);
        foreach (var move in plan.Moves.Where(m => !looked.Contains(m.InstanceId)))
            findings.Cannot(WhatIfStep.Vote, move.InstanceId, "no baseline of it was taken, so whether it could have been watched is unknown");
        if (policy.BaselineWindow != past.Request.Policy.BaselineWindow && baseline.Windows.Count > 0)
            findings.Cannot(WhatIfStep.Vote, "baseline", $"it was taken over {past.Request.Policy.BaselineWindow}; what {policy.BaselineWindow} would have counted is not in the log");
        PlannedMove[] moves = [.. plan.Moves.Where(m => looked.Contains(m.InstanceId))];
        return new MigrationPlan(moves, moves.Sum(m => m.ExpectedSavingMonthlyUsd));
    }

    static string Text(bool approved, IReadOnlyList<string> instanceIds) =>
        approved ? "approves" : instanceIds.Count == 0 ? "rejects the plan" : $"rejects {string.Join(", ", instanceIds.Order(StringComparer.Ordinal))}";
}
