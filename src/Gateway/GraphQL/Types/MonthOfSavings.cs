using OptiInfra.Projections;

namespace OptiInfra.Gateway.GraphQL;

/// <summary>What was promised and what began to be saved in one calendar month (UTC), as monthly savings.</summary>
/// <param name="Month">As 2026-01.</param>
/// <param name="Teams">By the tag team; they add up to the total.</param>
sealed record MonthOfSavings(string Month, Savings Total, IReadOnlyList<TeamSavings> Teams)
{
    internal static MonthOfSavings Of(string month, MonthSavings savings) =>
        new(month, Savings.Of(savings.Total), [.. savings.Teams.Select(team => new TeamSavings(team.Key, Savings.Of(team.Value)))]);
}

/// <summary>One team's part of a month.</summary>
sealed record TeamSavings(string Team, Savings Amounts);

/// <summary>USD per month of 730 hours.</summary>
/// <param name="WithdrawnMonthlyUsd">Of the promises of the month: what was given up.</param>
sealed record Savings(decimal PromisedMonthlyUsd, decimal WithdrawnMonthlyUsd, decimal RealisedMonthlyUsd)
{
    internal static Savings Of(SavingAmounts amounts) => new(amounts.PromisedMonthlyUsd, amounts.WithdrawnMonthlyUsd, amounts.RealisedMonthlyUsd);
}

/// <summary>What was promised to one team and what began to be saved, in all and by calendar month (UTC), as monthly savings.</summary>
/// <param name="Team">The tag team; (none) for instances without it.</param>
/// <param name="Months">In their order; those in which something was promised or realised.</param>
sealed record TeamOfSavings(string Team, Savings Total, IReadOnlyList<SavingsInMonth> Months);

/// <summary>One month's part of a team's savings.</summary>
/// <param name="Month">As 2026-01.</param>
sealed record SavingsInMonth(string Month, Savings Amounts);
