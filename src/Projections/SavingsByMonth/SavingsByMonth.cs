using System.Collections.Immutable;
using System.Globalization;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;
using OptiInfra.EventStore;

namespace OptiInfra.Projections;

/// <summary>
/// What was promised to a customer in each calendar month (UTC), and what began to be saved in it? Every amount is a
/// monthly saving: a promise counts in the month of its approval, a realised saving in the month in which the old instance went.
/// </summary>
public sealed record SavingsByMonth
{
    /// <summary>The customer.</summary>
    public required string Id { get; init; }
    /// <summary>By month, as <c>2026-01</c>.</summary>
    public ImmutableSortedDictionary<string, MonthSavings> Months { get; init; } = ImmutableSortedDictionary<string, MonthSavings>.Empty;
    /// <summary>Migrations that have a plan and have not ended, so that their later events find their teams.</summary>
    public ImmutableSortedDictionary<Guid, OpenPlan> OpenPlans { get; init; } = ImmutableSortedDictionary<Guid, OpenPlan>.Empty;

    /// <summary>The team of instances without the tag <c>team</c>.</summary>
    public const string NoTeam = "(none)";

    public static string MonthOf(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM", CultureInfo.InvariantCulture);
}

/// <param name="Teams">By the value of the tag <c>team</c>; they add up to the whole.</param>
public sealed record MonthSavings(SavingAmounts Total, ImmutableSortedDictionary<string, SavingAmounts> Teams)
{
    public static MonthSavings None { get; } = new(SavingAmounts.None, ImmutableSortedDictionary<string, SavingAmounts>.Empty);

    public MonthSavings Plus(string team, SavingAmounts more) =>
        new(Total.Plus(more), Teams.SetItem(team, (Teams.GetValueOrDefault(team) ?? SavingAmounts.None).Plus(more)));
}

/// <param name="WithdrawnMonthlyUsd">Of the promises of the month: what was given up, because its migration was rolled back, cancelled or failed.</param>
public sealed record SavingAmounts(decimal PromisedMonthlyUsd = 0m, decimal WithdrawnMonthlyUsd = 0m, decimal RealisedMonthlyUsd = 0m)
{
    public static SavingAmounts None { get; } = new();

    public SavingAmounts Plus(SavingAmounts more) => new(
        PromisedMonthlyUsd + more.PromisedMonthlyUsd,
        WithdrawnMonthlyUsd + more.WithdrawnMonthlyUsd,
        RealisedMonthlyUsd + more.RealisedMonthlyUsd);
}

/// <param name="ApprovedIn">The month in which the promise counts; null before the approval.</param>
public sealed record OpenPlan(ImmutableList<PlannedSaving> Savings, string? ApprovedIn = null);

public sealed record PlannedSaving(string InstanceId, string Team, decimal ExpectedSavingMonthlyUsd);

/// <inheritdoc cref="SavingsByMonth"/>
public sealed class SavingsByMonthProjection : MultiStreamProjection<SavingsByMonth, string>
{
    public SavingsByMonthProjection() => Identity<IEvent>(e => e.TenantId);

    public static SavingsByMonth Create(IEvent<ApprovalRequested> e) => Apply(e.Data, new SavingsByMonth { Id = e.TenantId });

    public static SavingsByMonth Apply(ApprovalRequested e, SavingsByMonth s) => s with
    {
        OpenPlans = s.OpenPlans.SetItem(
            e.MigrationId,
            new OpenPlan([.. e.Plan.Moves.Select(m => new PlannedSaving(m.InstanceId, m.Team ?? SavingsByMonth.NoTeam, m.ExpectedSavingMonthlyUsd))])),
    };

    public static SavingsByMonth Apply(CustomerApproved e, SavingsByMonth s)
    {
        if (!s.OpenPlans.TryGetValue(e.MigrationId, out var plan))
            return s;
        var month = SavingsByMonth.MonthOf(e.At);
        return plan.Savings.Aggregate(
            s with { OpenPlans = s.OpenPlans.SetItem(e.MigrationId, plan with { ApprovedIn = month }) },
            (savings, planned) => In(savings, month, planned.Team, new SavingAmounts(PromisedMonthlyUsd: planned.ExpectedSavingMonthlyUsd)));
    }

    public static SavingsByMonth Apply(InstanceRetired e, SavingsByMonth s)
    {
        var team = s.OpenPlans.GetValueOrDefault(e.MigrationId)?.Savings.Find(p => p.InstanceId == e.InstanceId)?.Team ?? SavingsByMonth.NoTeam;
        return In(s, SavingsByMonth.MonthOf(e.At), team, new SavingAmounts(RealisedMonthlyUsd: Money.MonthlyUsd(e.OnDemandHourlyUsd - e.ReplacementHourlyUsd)));
    }

    public static SavingsByMonth Apply(MigrationCompleted e, SavingsByMonth s) => s with { OpenPlans = s.OpenPlans.Remove(e.MigrationId) };

    public static SavingsByMonth Apply(MigrationRolledBack e, SavingsByMonth s) => Withdrawn(s, e.MigrationId);

    public static SavingsByMonth Apply(MigrationCancelled e, SavingsByMonth s) => Withdrawn(s, e.MigrationId);

    public static SavingsByMonth Apply(MigrationFailed e, SavingsByMonth s) => Withdrawn(s, e.MigrationId);

    static SavingsByMonth Withdrawn(SavingsByMonth s, Guid migrationId)
    {
        var without = s with { OpenPlans = s.OpenPlans.Remove(migrationId) };
        return s.OpenPlans.GetValueOrDefault(migrationId) is { ApprovedIn: { } month } plan
            ? plan.Savings.Aggregate(without, (savings, planned) => In(savings, month, planned.Team, new SavingAmounts(WithdrawnMonthlyUsd: planned.ExpectedSavingMonthlyUsd)))
            : without;
    }

    static SavingsByMonth In(SavingsByMonth s, string month, string team, SavingAmounts more) =>
        s with { Months = s.Months.SetItem(month, (s.Months.GetValueOrDefault(month) ?? MonthSavings.None).Plus(team, more)) };
}
