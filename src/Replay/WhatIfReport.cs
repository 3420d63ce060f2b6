namespace OptiInfra.Replay;

/// <summary>What another policy would have made of a migration's recorded inputs.</summary>
/// <param name="Rules">The rules in which the policies differ.</param>
/// <param name="Differences">Decisions that would have been others, in the order of the migration.</param>
/// <param name="Same">How many decisions were made again and came out the same.</param>
/// <param name="Unknown">What the log cannot know, item by item.</param>
public sealed record WhatIfReport(
    Guid MigrationId,
    IReadOnlyList<RuleDifference> Rules,
    IReadOnlyList<DecisionDifference> Differences,
    int Same,
    WhatIfMoney Money,
    IReadOnlyList<UnknownItem> Unknown);

/// <summary>A rule of the policy, as it is written to the log.</summary>
public sealed record RuleDifference(string Rule, string Then, string Now);

/// <param name="Subject">An instance, an agent, a phase or a pool.</param>
public sealed record DecisionDifference(WhatIfStep Step, string Subject, string Then, string Now, string Why);

/// <param name="Reason">Why the log does not tell.</param>
public sealed record UnknownItem(WhatIfStep Step, string Subject, string Reason);

/// <summary>USD per month of 730 hours.</summary>
/// <param name="RealisedThenMonthlyUsd">As far as old instances were retired; null where none was.</param>
/// <param name="RealisedNowMonthlyUsd">Of the moves that the log tells the end of; null where it tells nothing.</param>
/// <param name="Explanation">How far the last figure reaches.</param>
public sealed record WhatIfMoney(
    decimal PromisedThenMonthlyUsd,
    decimal PromisedNowMonthlyUsd,
    decimal? RealisedThenMonthlyUsd,
    decimal? RealisedNowMonthlyUsd,
    string Explanation);

/// <summary>Where in a migration a decision is made.</summary>
public enum WhatIfStep
{
    Assessment,
    Vote,
    Approval,
    Phase,
    Purchase,
    Gate,
    Ending,
}
