using System.Globalization;
using OptiInfra.Contracts.Access;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Commands.SpotMigrations;

// from the request to the approval
public static partial class SpotMigrationDecider
{
    static Decision Request(SpotMigration? state, RequestMigration c, DateTimeOffset now)
    {
        if (state is not null)
            return Decision.Refuse("migration_exists", $"Migration {c.MigrationId} exists already; request a new one under a new id.");
        if (PolicyRules.Broken(c.Policy) is { } broken)
            return Decision.Refuse("invalid_policy", "The policy cannot be used: " + broken);
        if (c is { Policy: { AutoApprove: true } or { RequesterMayApprove: true }, Requester: { } requester } && !requester.Roles.Contains(Role.Admin))
            return Decision.Refuse("approval_not_waivable", "Only an admin may ask for a policy with autoApprove or requesterMayApprove: leave both out, and have somebody else approve the plan.");
        return Decision.Accept(new MigrationRequested(c.MigrationId, c.CustomerId, c.RequestedBy, c.Fleet, c.Policy, now, c.Requester?.Id));
    }

    static Decision StartAnalysis(SpotMigration state, DateTimeOffset now) =>
        state.Status is MigrationStatus.Pending ? Decision.Accept(new AnalysisStarted(state.Id, now + state.Policy.AnalysisTimeout, now)) : Decision.Nothing;

    static Decision RecordAnalysis(SpotMigration state, RecordFleetAnalysis c, DateTimeOffset now)
    {
        if (state.Observation is not null)
            return Decision.Nothing;
        if (state.Status is not (MigrationStatus.Pending or MigrationStatus.Analyzing))
            return NotNow(state, "Recording an analysis");
        var observed = c.Observation.Instances.Select(i => i.Instance.InstanceId).ToHashSet(StringComparer.Ordinal);
        var judged = c.Opportunities.Select(o => o.InstanceId).Concat(c.Refusals.Select(r => r.InstanceId)).ToList();
        if (judged.Count != observed.Count || !observed.SetEquals(judged))
            return Decision.Refuse("incomplete_analysis", $"The analysis must judge each of the {observed.Count} observed instances once; it judges {judged.Count}.");
        if (c.Opportunities.FirstOrDefault(o => o.Candidates.Count == 0) is { } nowhere)
            return Decision.Refuse("no_candidates", $"{nowhere.InstanceId} is called an opportunity without a pool to move to; refuse it as no_candidate_pool.");
        return Decision.Accept(
        [
            new FleetAnalyzed(state.Id, c.Observation, c.FleetMonthlyUsd, c.Opportunities.Count, c.Refusals, now),
            .. c.Opportunities.Select(o => new OpportunityFound(state.Id, o, now)),
        ]);
    }

    static Decision FailAnalysis(SpotMigration state, FailAnalysis c, DateTimeOffset now) =>
        state.Observation is null && state.Status is MigrationStatus.Pending or MigrationStatus.Analyzing
            ? Decision.Accept(new MigrationFailed(state.Id, c.Reason, now))
            : Decision.Nothing;

    static Decision RequestVotes(SpotMigration state, DateTimeOffset now)
    {
        if (state.Status is not MigrationStatus.Analyzing || state.Observation is null)
            return Decision.Nothing;
        if (state.Opportunities.IsEmpty)
            return Decision.Accept(new MigrationCompleted(state.Id, 0, 0m, 0m, now));
        // the first phase is the canary: the least risky moves go first, the most worthwhile among them before others
        var plan = PlanOf(state.Opportunities
            .OrderBy(o => o.Risk).ThenByDescending(o => o.ExpectedSavingMonthlyUsd).ThenBy(o => o.InstanceId, StringComparer.Ordinal)
            .Select(o => new PlannedMove(o.InstanceId, o.InstanceType, o.AvailabilityZone, o.Team, o.OnDemandHourlyUsd, o.Candidates, o.ExpectedSavingMonthlyUsd)));
        return Decision.Accept(new VotesRequested(state.Id, plan, PlanHash.Of(plan), state.Policy.Voters, now + state.Policy.VoteTimeout, now));
    }

    static Decision RecordBaseline(SpotMigration state, RecordBaseline c, DateTimeOffset now)
    {
        if (state.BaselineTaken)
            return Decision.Nothing;
        if (state.Status is not MigrationStatus.Coordinating)
            return NotNow(state, "Taking the baseline");
        return Twice(c.Windows) is { } twice ? MeasuredTwice(twice) : Decision.Accept(new QualityBaselineTaken(state.Id, c.Windows, c.Unreadable, now));
    }

    static Decision CastVote(SpotMigration state, CastVote c, DateTimeOffset now)
    {
        if (state.Status is not MigrationStatus.Coordinating)
            return NotNow(state, $"A vote of {c.Agent}");
        if (!state.Policy.Voters.Contains(c.Agent))
            return Decision.Refuse("not_a_voter", $"Agent '{c.Agent}' does not vote on this migration; its voters are {string.Join(", ", state.Policy.Voters)}.");
        if (state.Votes.ContainsKey(c.Agent))
            return Decision.Refuse("already_voted", $"Agent '{c.Agent}' has voted already; the first vote stands.");
        if (c.PlanHash != state.PlanHash)
            return Decision.Refuse("wrong_plan_hash", $"The vote is on plan {c.PlanHash}; the plan to vote on is {state.PlanHash}.");
        if (c.Confidence is not (>= 0 and <= 1))
            return Decision.Refuse("invalid_confidence", string.Create(CultureInfo.InvariantCulture, $"Confidence must lie between 0 and 1; agent '{c.Agent}' gave {c.Confidence}."));
        // a rejection that names only strangers would count as a rejection and exclude nobody
        if (!c.Approved && c.InstanceIds.FirstOrDefault(id => state.Planned(id) is null) is { } stranger)
            return Decision.Refuse("not_in_plan", $"Agent '{c.Agent}' rejects {stranger}, which is not in plan {state.PlanHash}.");
        return Decision.Accept(c.Approved
            ? new AgentApproved(state.Id, c.Agent, c.PlanHash, c.Confidence, c.Concerns, c.Recommendations, c.Evidence, now, c.Observed)
            : new AgentRejected(state.Id, c.Agent, c.PlanHash, c.Confidence, c.InstanceIds, c.Concerns, c.Recommendations, c.Evidence, now, c.Observed));
    }

    static Decision CloseVoting(SpotMigration state, DateTimeOffset now)
    {
        if (state.Status is not MigrationStatus.Coordinating || MissingVoters(state).Count > 0)
            return Decision.Nothing;
        // in the order of the policy: a dictionary's own order differs from process to process, and replay would differ with it
        if (state.Policy.Voters.FirstOrDefault(v => state.Votes[v] is { Approved: false, InstanceIds.Count: 0 }) is { } agent)
            return Decision.Accept(new MigrationFailed(state.Id, $"Rejected by the {agent} agent: {string.Join("; ", state.Votes[agent].Concerns)}", now));
        var excluded = state.Votes.Values.Where(v => !v.Approved).SelectMany(v => v.InstanceIds).ToHashSet(StringComparer.Ordinal);
        var plan = PlanOf(state.Plan!.Moves.Where(m => !excluded.Contains(m.InstanceId)));
        if (plan.Moves.Count == 0)
        {
            var reasons = state.Votes.Where(v => !v.Value.Approved).OrderBy(v => v.Key, StringComparer.Ordinal).Select(v => $"{v.Key}: {string.Join("; ", v.Value.Concerns)}");
            return Decision.Accept(new MigrationFailed(state.Id, $"The agents excluded every instance. {string.Join(" ", reasons)}", now));
        }

        return Decision.Accept(new ApprovalRequested(state.Id, plan, PlanHash.Of(plan),
            [.. excluded.Order(StringComparer.Ordinal)], state.Policy.MaxPriceDriftFraction, now + state.Policy.ApprovalValidFor, now));
    }

    static Decision Approve(SpotMigration state, ApproveMigration c, DateTimeOffset now)
    {
        if (state.ApprovedBy is { } earlier)
            return Decision.Refuse("already_approved", $"Migration {state.Id} was approved already, by {earlier}.");
        if (state.Status is not MigrationStatus.AwaitingApproval && !state.ApprovalHasExpired)
            return NotNow(state, "Approving");
        if (now >= state.ApprovalExpiresAt || state.ApprovalHasExpired)
            return Decision.Refuse("approval_expired", $"The plan could be approved until {state.ApprovalExpiresAt:u}; request a new migration for present prices.");
        if (!string.Equals(c.PlanHash, state.PlanHash, StringComparison.OrdinalIgnoreCase))
            return Decision.Refuse("wrong_plan_hash", $"Hash {c.PlanHash} is not that of the plan as it stands, which is {state.PlanHash}; look at the plan again and approve that one.");
        if (c.ByPolicy && !state.Policy.AutoApprove)
            return Decision.Refuse("policy_forbids", "The policy of this migration does not approve by itself; a person must.");
        if (!c.ByPolicy && !state.Policy.RequesterMayApprove && IsRequester(state, c))
            return Decision.Refuse("requester_may_not_approve", $"{c.ApprovedBy} requested this migration, and its policy lets nobody approve a migration of one's own (requesterMayApprove); somebody else must.");
        return Decision.Accept(new CustomerApproved(state.Id, state.PlanHash!, c.ApprovedBy, c.ByPolicy, now, c.Approver?.Id));
    }

    /// <summary>
    /// Two identities are compared where both were signed in, and the names where one of the two was not. At the command line
    /// of the machine nobody is signed in: who gives the command there can write any name, and the database besides.
    /// </summary>
    static bool IsRequester(SpotMigration state, ApproveMigration c) => (state.RequesterId, c.Approver?.Id) switch
    {
        (null, null) => false,
        ({ } requester, { } approver) => string.Equals(requester, approver, StringComparison.Ordinal),
        _ => string.Equals(state.RequestedBy, c.ApprovedBy, StringComparison.OrdinalIgnoreCase),
    };

    static Decision Reject(SpotMigration state, RejectMigration c, DateTimeOffset now) =>
        state.Status is MigrationStatus.AwaitingApproval && state.ApprovedBy is null
            ? Decision.Accept(new CustomerRejected(state.Id, c.RejectedBy, c.Reason, now), new MigrationFailed(state.Id, $"Rejected by {c.RejectedBy}: {c.Reason}", now))
            : NotNow(state, "Rejecting");

    static Decision Expire(SpotMigration state, DateTimeOffset now) =>
        state.Status is MigrationStatus.AwaitingApproval && state.ApprovedBy is null && HasEnded(state.ApprovalExpiresAt, state.Policy.ApprovalValidFor, now)
            ? Decision.Accept(
                new ApprovalExpired(state.Id, state.ApprovalExpiresAt!.Value, now),
                new MigrationFailed(state.Id, $"Nobody approved the plan before it expired at {state.ApprovalExpiresAt:u}; request a new migration for present prices.", now))
            : Decision.Nothing;

    static string? Twice(IReadOnlyList<QualityWindow> windows) =>
        windows.GroupBy(w => w.InstanceId, StringComparer.Ordinal).FirstOrDefault(g => g.Skip(1).Any())?.Key;

    static Decision MeasuredTwice(string instanceId) => Decision.Refuse("measured_twice", $"{instanceId} is measured more than once; give one window for each instance.");

    static MigrationPlan PlanOf(IEnumerable<PlannedMove> moves)
    {
        PlannedMove[] all = [.. moves];
        return new MigrationPlan(all, all.Sum(m => m.ExpectedSavingMonthlyUsd));
    }

    static List<string> MissingVoters(SpotMigration state) => [.. state.Policy.Voters.Where(v => !state.Votes.ContainsKey(v))];
}
