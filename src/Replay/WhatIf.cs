using System.Text.Json;
using System.Text.Json.Nodes;
using OptiInfra.Commands;
using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Replay;

/// <summary>
/// Decides a recorded migration's inputs again under another policy. Pure: what was observed, what votes looked at and what
/// the windows measured come from the log; nothing is guessed, and what the log does not hold is named.
/// </summary>
public static class WhatIf
{
    /// <param name="events">All of a migration's stream, in order.</param>
    /// <param name="policy">Sound by <see cref="PolicyRules"/>.</param>
    /// <exception cref="ArgumentException">The stream is no migration's, or the policy is not sound.</exception>
    public static WhatIfReport Run(IReadOnlyList<object> events, MigrationPolicy policy)
    {
        if (PolicyRules.Broken(policy) is { } broken)
            throw new ArgumentException($"The policy cannot be used: {broken}", nameof(policy));
        var past = RecordedMigration.Of(events);
        var findings = new Findings();
        if (past.Analysis is null)
        {
            findings.Cannot(WhatIfStep.Assessment, "the fleet", "it was never analysed, so there is nothing to decide on");
            return Report(past, policy, findings, new WhatIfMoney(0, 0, null, null, "No plan was ever made."));
        }

        var asked = Planned(past, policy, WhatIfAssessment.Compare(past, policy, findings));
        var approved = asked is null ? null : WhatIfVotes.Compare(past, policy, asked, findings);
        var money = new WhatIfRollout(past, policy, findings).Compare(approved);
        return Report(past, policy, findings, money);
    }

    /// <summary>The migration as the decider would have put it to the vote; null where nothing would have been worth moving.</summary>
    static SpotMigration? Planned(RecordedMigration past, MigrationPolicy policy, IReadOnlyList<Opportunity> opportunities)
    {
        var analysis = past.Analysis!;
        var state = SpotMigration.Create(past.Request with { Policy = policy })
            .Apply(analysis with { Opportunities = opportunities.Count });
        state = opportunities.Aggregate(state, (s, o) => s.Apply(new OpportunityFound(s.Id, o, analysis.At)));
        return SpotMigrationDecider.Decide(state, new RequestVotes(state.Id), past.Asked?.At ?? analysis.At) is Decision.Accepted { Events: [VotesRequested asked] }
            ? state.Apply(asked)
            : null;
    }

    static WhatIfReport Report(RecordedMigration past, MigrationPolicy policy, Findings findings, WhatIfMoney money) =>
        new(past.Request.MigrationId, [.. Rules(past.Request.Policy, policy)], findings.Differences, findings.Same, money, findings.Unknown);

    static IEnumerable<RuleDifference> Rules(MigrationPolicy then, MigrationPolicy now)
    {
        var (before, after) = (Written(then), Written(now));
        return from rule in after
               let was = before[rule.Key]?.ToJsonString() ?? "null"
               let will = rule.Value?.ToJsonString() ?? "null"
               where was != will
               select new RuleDifference(rule.Key, was, will);
    }

    static JsonObject Written(MigrationPolicy policy) => JsonSerializer.SerializeToNode(policy, ContractsJson.Options)!.AsObject();
}

/// <summary>What a comparison has found so far.</summary>
sealed class Findings
{
    public List<DecisionDifference> Differences { get; } = [];
    public List<UnknownItem> Unknown { get; } = [];
    public int Same { get; private set; }

    /// <returns>Whether they differ.</returns>
    public bool Compare(WhatIfStep step, string subject, string then, string now, string why)
    {
        if (then == now)
        {
            Same++;
            return false;
        }

        Differences.Add(new DecisionDifference(step, subject, then, now, why));
        return true;
    }

    public void Cannot(WhatIfStep step, string subject, string reason) => Unknown.Add(new UnknownItem(step, subject, reason));
}
