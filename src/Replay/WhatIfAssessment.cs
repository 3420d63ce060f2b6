using System.Globalization;
using OptiInfra.Agents.Cost;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Replay;

/// <summary>Which instances would have been called opportunities.</summary>
static class WhatIfAssessment
{
    public static IReadOnlyList<Opportunity> Compare(RecordedMigration past, MigrationPolicy policy, Findings findings)
    {
        var analysis = past.Analysis!;
        var again = CostAssessment.Assess(analysis.Observation, policy);
        var then = Judgements(past.Opportunities, analysis.Refusals);
        var now = Judgements(again.Opportunities, again.Refusals);
        foreach (var id in analysis.Observation.Instances.Select(i => i.Instance.InstanceId))
        {
            var (was, will) = (then.GetValueOrDefault(id), now[id]);
            findings.Compare(WhatIfStep.Assessment, id, was.Text ?? "not judged", will.Text!, will.Why);
        }

        if (policy.Lookback != past.Request.Policy.Lookback)
            findings.Cannot(WhatIfStep.Assessment, "lookback", $"prices and use were observed over {past.Request.Policy.Lookback}; what {policy.Lookback} would have shown is not in the log, and the observation is taken as it is");
        return again.Opportunities;
    }

    static Dictionary<string, (string? Text, string Why)> Judgements(IEnumerable<Opportunity> opportunities, IEnumerable<InstanceRefusal> refusals)
    {
        var all = opportunities.ToDictionary(
            o => o.InstanceId,
            o => ((string?)string.Create(CultureInfo.InvariantCulture, $"moves, to {o.Recommended.Pool} first, for {o.ExpectedSavingMonthlyUsd:0.00} USD a month ({o.Candidates.Count} pools)"), $"risk {Word(o.Risk)}, confidence {o.Confidence.ToString("0.00", CultureInfo.InvariantCulture)}"),
            StringComparer.Ordinal);
        foreach (var r in refusals)
            all[r.InstanceId] = ($"stays: {Word(r.Reason)}", r.Evidence);
        return all;
    }

    static string Word<T>(T value) where T : struct, Enum => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()).Replace('_', ' ');
}
