using System.Globalization;
using OptiInfra.Contracts.LiveMigrations;

namespace OptiInfra.Agents.Scouting;

/// <summary>
/// Decides where a training job runs until the next look. Pure but for the plans it shares: the same observation and policy
/// give the same decision.
/// </summary>
public sealed class Scout(ScoutPolicy policy, DeadlinePlans plans)
{
    const double WaitingMustSave = 1.01;

    double PeriodHours => policy.ControlPeriod.TotalHours;

    public ScoutDecision Decide(ScoutObservation seen)
    {
        var job = seen.Job;
        var reasons = new List<string>();
        var usable = seen.Offers.Where(o => Usable(o, seen, reasons)).ToList();
        var best = usable.MinBy(o => UsefulHourUsd(o, seen));
        return job.HoursToDeadline is { } left
            ? BeforeDeadline(seen, left, best, reasons)
            : WithoutDeadline(seen, best, reasons);
    }

    bool Usable(SpotOffer offer, ScoutObservation seen, List<string> reasons)
    {
        if (!offer.Available)
            return false;
        // where the job runs already, only the capacity that it has counts
        if (seen.IsHere(offer))
            return true;
        if (offer.PlacementScore < policy.MinPlacementScore)
            reasons.Add(Text($"{offer.Pool} has placement score {offer.PlacementScore}; {policy.MinPlacementScore} is needed"));
        else if (offer.RecentInterruptions > policy.MaxRecentInterruptions)
            reasons.Add(Text($"{offer.Pool} interrupted {offer.RecentInterruptions} of our instances within six hours"));
        else
            return true;
        return false;
    }

    /// <summary>What an hour of work costs there, the changeover after the expected end of the offer included.</summary>
    static double UsefulHourUsd(SpotOffer offer, ScoutObservation seen)
    {
        var job = seen.Job;
        var held = ExpectedHours(offer, job);
        var lost = job.ChangeoverHours * (double)seen.OnDemandHourlyUsd;
        var start = seen.IsHere(offer) ? 0 : job.ChangeoverHours * (double)offer.HourlyUsd;
        return ((double)offer.HourlyUsd * held + start + (held < job.WorkHoursLeft ? lost : 0)) / held;
    }

    static double ExpectedHours(SpotOffer offer, ScoutedJob job)
        => Math.Max(1 / 60.0, Kind(offer).Mean(pattern => pattern.Available.ExpectedHours(offer.SpellHours, Math.Max(job.WorkHoursLeft, 1 / 60.0))));

    static PoolKindOdds Kind(SpotOffer offer) => offer.Kind ?? PoolKindOdds.Prior;

    ScoutDecision WithoutDeadline(ScoutObservation seen, SpotOffer? best, List<string> reasons)
    {
        var job = seen.Job;
        if (job.On == RunsOn.Nothing)
            return best is not null ? Spot(seen, best, reasons, Text($"{best.Pool} at {best.HourlyUsd:0.0000} USD/h is the best offer"))
                : policy.OnDemandWithoutDeadline ? OnDemand(seen, reasons, "no spot offer fits; the policy runs on demand meanwhile")
                : Wait(reasons, "no spot offer fits; the policy waits");
        return best is null || best.Pool == job.Pool
            ? Stay(seen, reasons, best is null ? "no spot offer fits" : Text($"{best.Pool} is the best offer still"))
            : Hop(seen, best, reasons);
    }

    /// <summary>The plan says what to run on; where several pools offer spot, a running job moves between them only if that pays.</summary>
    ScoutDecision BeforeDeadline(ScoutObservation seen, double left, SpotOffer? best, List<string> reasons)
    {
        var job = seen.Job;
        var spot = seen.Here is { Available: true } here ? here : null;
        // the offer whose spell tells what to expect: the job's own, the best one, or the one that went last
        var reference = spot ?? best ?? seen.Offers.OrderBy(o => o.Available).ThenBy(o => o.SpellHours).First();
        // a job's own capacity is always usable: where it has some, there is a best offer too
        var plan = plans.For(job.ChangeoverHours, (double)(reference.HourlyUsd / seen.OnDemandHourlyUsd), Kind(reference), left);
        var known = left - UnnoticedHours(job);
        var choices = new List<(RunsOn On, double Cost)>(3);
        foreach (var on in (ReadOnlySpan<RunsOn>)[RunsOn.OnDemand, RunsOn.Spot, RunsOn.Nothing])
            if (Feasible(on, job, left, spot is not null, best is not null))
                choices.Add((on, plan.ExpectedCost(known, job.WorkHoursLeft, Pending(on, job, spot is not null), on, best is not null, reference.SpellHours)));
        var cheapest = choices.Min(Weighed);
        // where two cost the same, the job stays what it is
        var chosen = choices.Count == 1 || double.IsInfinity(cheapest) ? RunsOn.OnDemand
            : choices.Any(c => c.On == job.On && Weighed(c) <= cheapest + 1e-6) ? job.On : choices.First(c => Weighed(c) <= cheapest + 1e-6).On;
        reasons.Insert(0, choices.Count(c => double.IsFinite(c.Cost)) < 2
            ? Text($"{left:0.0} h to the deadline and {job.WorkHoursLeft:0.0} h of work: only on demand is sure to be in time")
            : string.Join(", ", choices.Where(c => double.IsFinite(c.Cost)).Select(c => Text($"{Word(c.On)} {(double)seen.OnDemandHourlyUsd * c.Cost:0.00} USD"))) + " expected until it is done");
        return chosen switch
        {
            RunsOn.Nothing => Wait(reasons, null),
            RunsOn.OnDemand => OnDemand(seen, reasons, null),
            _ when spot is null => Spot(seen, best!, reasons, null),
            _ when best!.Pool != spot.Pool && Feasible(RunsOn.Spot, job, left, onSpot: false, offered: true) => Hop(seen, best, reasons),
            _ => Stay(seen, reasons, null),
        };

        // an earlier end is worth a little: nobody waits before an offer for what the plan's rounding makes of it
        double Weighed((RunsOn On, double Cost) choice) => choice.On is RunsOn.Nothing && best is not null ? choice.Cost * WaitingMustSave : choice.Cost;
    }

    /// <summary>Whether the deadline is met for sure if spot is lost: at worst that is long unnoticed, all work since the last checkpoint is lost as well, and the changeover takes as long as any did.</summary>
    bool Feasible(RunsOn on, ScoutedJob job, double left, bool onSpot, bool offered)
    {
        const double rounding = 1e-9;
        var needed = job.WorkHoursLeft + Math.Max(job.ChangeoverHours, job.LongestChangeoverHours ?? 0) + UnnoticedHours(job);
        return on switch
        {
            RunsOn.OnDemand => true,
            RunsOn.Nothing => left + rounding >= needed + PeriodHours,
            _ when onSpot => left + rounding >= needed + job.PendingHours + job.HoursSinceCheckpoint,
            _ => offered && left + rounding >= needed + job.ChangeoverHours + job.HoursSinceCheckpoint,
        };
    }

    double UnnoticedHours(ScoutedJob job) => job.UnnoticedHours ?? PeriodHours;

    static double Pending(RunsOn on, ScoutedJob job, bool onSpot) => on switch
    {
        RunsOn.Nothing => 0,
        RunsOn.Spot when onSpot => job.PendingHours,
        RunsOn.OnDemand when job.On == RunsOn.OnDemand => job.PendingHours,
        _ => job.ChangeoverHours,
    };

    /// <summary>A move by choice, if it pays for itself.</summary>
    ScoutDecision Hop(ScoutObservation seen, SpotOffer offer, List<string> reasons)
    {
        var job = seen.Job;
        var saving = 1 - (double)(offer.HourlyUsd / job.HourlyUsd);
        if (saving < policy.MinSavingFraction)
            return Stay(seen, reasons, Text($"{offer.Pool} would save {saving:0.0 %}; {policy.MinSavingFraction:0 %} is needed"));
        if (job.HoursHere < policy.MinStay.TotalHours)
            return Stay(seen, reasons, Text($"here for {job.HoursHere * 60:0} minutes; {policy.MinStay.TotalMinutes:0} come before another move"));
        if (offer.SpellHours < policy.MinOfferAge.TotalHours)
            return Stay(seen, reasons, Text($"{offer.Pool} has been offered for {offer.SpellHours * 60:0} minutes; {policy.MinOfferAge.TotalMinutes:0} are needed"));
        var held = ExpectedHours(offer, job);
        var gain = (double)(job.HourlyUsd - offer.HourlyUsd) * held;
        var cost = (job.ChangeoverHours + job.HoursSinceCheckpoint) * (double)offer.HourlyUsd + job.OverlapHours * (double)job.HourlyUsd + (double)job.EgressUsd
            + ExtraInterruptions(seen, offer, held) * job.ChangeoverHours * (double)seen.OnDemandHourlyUsd;
        var net = Text($"{offer.Pool} saves {gain:0.00} USD over the {held:0.0} h it is expected to hold, and moving costs {cost:0.00}");
        if (gain < policy.PaybackFactor * cost)
            return Stay(seen, reasons, Text($"{net}: not {policy.PaybackFactor:0.0} times as much"));
        reasons.Insert(0, net);
        return new ScoutDecision(RunsOn.Spot, offer.Pool, Moves: true, (decimal)(gain - cost), reasons);
    }

    /// <summary>How many more interruptions are expected there than here, over the hours that the offer is expected to hold.</summary>
    static double ExtraInterruptions(ScoutObservation seen, SpotOffer offer, double hours)
    {
        return Math.Max(0, Expected(offer) - (seen.Here is { } here ? Expected(here) : 0));

        double Expected(SpotOffer o) => Kind(o).Mean(pattern => pattern.Available.Exposure(o.SpellHours, o.SpellHours + hours));
    }

    static ScoutDecision Spot(ScoutObservation seen, SpotOffer offer, List<string> reasons, string? reason)
        => new(RunsOn.Spot, offer.Pool, seen.Job.On != RunsOn.Spot || seen.Job.Pool != offer.Pool, null, With(reasons, reason));

    static ScoutDecision OnDemand(ScoutObservation seen, List<string> reasons, string? reason)
        => new(RunsOn.OnDemand, null, seen.Job.On != RunsOn.OnDemand, null, With(reasons, reason));

    static ScoutDecision Wait(List<string> reasons, string? reason) => new(RunsOn.Nothing, null, Moves: false, null, With(reasons, reason));

    static ScoutDecision Stay(ScoutObservation seen, List<string> reasons, string? reason)
        => new(seen.Job.On, seen.Job.Pool, Moves: false, null, With(reasons, reason));

    static List<string> With(List<string> reasons, string? decisive)
    {
        if (decisive is not null)
            reasons.Insert(0, decisive);
        return reasons;
    }

    static string Word(RunsOn on) => on switch { RunsOn.Nothing => "waiting", RunsOn.Spot => "spot", _ => "on demand" };

    static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
