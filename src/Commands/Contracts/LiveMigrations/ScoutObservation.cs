namespace OptiInfra.Contracts.LiveMigrations;

/// <summary>What a training job runs on.</summary>
public enum RunsOn
{
    Nothing,
    Spot,
    OnDemand,
}

/// <summary>A job as the scout sees it. Durations in hours, prices in USD.</summary>
/// <param name="WorkHoursLeft">Running time that is left on a machine of its kind.</param>
/// <param name="HoursToDeadline">Null where it has none.</param>
/// <param name="On">What it runs on.</param>
/// <param name="Pool">The capacity pool it runs in; null on demand or on nothing.</param>
/// <param name="HourlyUsd">What it pays now; 0 on nothing.</param>
/// <param name="HoursHere">Since it was started there.</param>
/// <param name="PendingHours">What is left of a changeover that is under way.</param>
/// <param name="HoursSinceCheckpoint">Work that an interruption now would lose.</param>
/// <param name="ChangeoverHours">From the decision to move until work goes on elsewhere, as measured so far.</param>
/// <param name="OverlapHours">How long both machines are paid for during a move.</param>
/// <param name="EgressUsd">What a move costs in transfer.</param>
/// <param name="LongestChangeoverHours">The longest of those measured, which a deadline has to bear; null where it is the usual one.</param>
/// <param name="UnnoticedHours">Time that may go by, with no work saved, before a loss of its machine is acted upon; null where that is a control period.</param>
public sealed record ScoutedJob(
    double WorkHoursLeft,
    double? HoursToDeadline,
    RunsOn On,
    string? Pool,
    decimal HourlyUsd,
    double HoursHere,
    double PendingHours,
    double HoursSinceCheckpoint,
    double ChangeoverHours,
    double OverlapHours,
    decimal EgressUsd,
    double? LongestChangeoverHours = null,
    double? UnnoticedHours = null);

/// <summary>What capacity pools are told apart by: how their capacity comes and goes.</summary>
public enum PoolKind
{
    /// <summary>There somewhat more than half of the time, in spells of all lengths.</summary>
    Changeable,

    /// <summary>There most of the time, and back soon after it is gone.</summary>
    Plentiful,

    /// <summary>Gone most of the time; what is offered mostly ends within the hour.</summary>
    Scarce,

    /// <summary>Often gone for a few minutes only.</summary>
    Flickering,
}

/// <summary>Of which kind a pool is, as far as its spells tell: probabilities that add up to 1.</summary>
[System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Auto)]
public readonly record struct PoolKindOdds(double Changeable, double Plentiful, double Scarce, double Flickering)
{
    public double this[PoolKind kind] => kind switch
    {
        PoolKind.Changeable => Changeable,
        PoolKind.Plentiful => Plentiful,
        PoolKind.Scarce => Scarce,
        PoolKind.Flickering => Flickering,
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };
}

/// <summary>A capacity pool that fits the job.</summary>
/// <param name="Pool">Its name.</param>
/// <param name="HourlyUsd">Its price now.</param>
/// <param name="Available">A request would be filled, as far as is known.</param>
/// <param name="SpellHours">For how long that has been so.</param>
/// <param name="PlacementScore">1..10, null where unknown.</param>
/// <param name="RecentInterruptions">Of our instances, within six hours.</param>
/// <param name="Kind">What was learned of how its capacity comes and goes; null where nothing was.</param>
public sealed record SpotOffer(
    string Pool,
    decimal HourlyUsd,
    bool Available,
    double SpellHours,
    int? PlacementScore = null,
    int RecentInterruptions = 0,
    PoolKindOdds? Kind = null);

/// <summary>Everything that a decision rests on.</summary>
/// <param name="Job">The job.</param>
/// <param name="Offers">At least one.</param>
/// <param name="OnDemandHourlyUsd">Of the cheapest type that fits.</param>
public sealed record ScoutObservation(ScoutedJob Job, IReadOnlyList<SpotOffer> Offers, decimal OnDemandHourlyUsd)
{
    /// <summary>Whether the job runs on this offer's capacity.</summary>
    public bool IsHere(SpotOffer offer) => Job.On == RunsOn.Spot && Job.Pool == offer.Pool;

    /// <summary>What the job runs on as an offer; null where it runs on no spot.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public SpotOffer? Here => Offers.FirstOrDefault(IsHere);
}

/// <summary>What to do until the next look.</summary>
/// <param name="On">What the job is to run on.</param>
/// <param name="Pool">Where, on spot.</param>
/// <param name="Moves">It is somewhere else now, so that this means a start or a move.</param>
/// <param name="ExpectedSavingUsd">What a move by choice is expected to save, all its costs taken off; null where none was weighed.</param>
/// <param name="Reasons">Why, the decisive one first.</param>
public sealed record ScoutDecision(RunsOn On, string? Pool, bool Moves, decimal? ExpectedSavingUsd, IReadOnlyList<string> Reasons);
