using OptiInfra.Commands.LiveMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.LiveMigrations;

namespace OptiInfra.Agents.Scouting;

/// <summary>A job and the market as the scout looks at them.</summary>
public static class JobObservation
{
    /// <summary>A pool where a launch of this job came to nothing, or its trainer was taken back, is left alone for so long.</summary>
    public static readonly TimeSpan Shunned = TimeSpan.FromMinutes(30);

    /// <returns>Null where nothing fits the job at any price.</returns>
    public static ScoutObservation? Of(TrainingJob job, MarketView market, DateTimeOffset now)
    {
        if (market.OnDemand.Count == 0)
            return null;
        var shunned = job.Trainers.Where(t => now - t.FailedAt < Shunned).Select(t => t.Pool).ToHashSet();
        // a person who asks for a move wants another place
        if (job.Changeover is { Trigger: MigrationTrigger.Requested } && job.Working is { } left)
            shunned.Add(left.Pool);
        var here = job.NeedsPlace ? null : job.Working?.Pool;
        var offers = market.Spot.Select(p => p.Spell.Offer(job.NeedsPlace ? p.HourlyUsd : p.Spell.Pool == here ? p.LowestUsd : p.HighestUsd, p.PlacementScore, now))
            .Zip(market.Spot, (offer, pool) => shunned.Contains(pool.Spell.Pool) ? offer with { Available = false } : offer).ToList();
        var cheapest = market.OnDemand.Min(p => p.HourlyUsd);
        return offers.Count == 0 ? null : new ScoutObservation(JobAs(job, market, now), offers, cheapest);
    }

    static ScoutedJob JobAs(TrainingJob job, MarketView market, DateTimeOffset now)
    {
        // one that has to leave its place is looked for as if it had none
        var working = job.NeedsPlace ? null : job.Working;
        var deadline = job.Spec.Deadline is { } at ? (at - now).TotalHours : (double?)null;
        var changeover = job.ChangeoverHours.IsEmpty ? job.Spec.Policy.ExpectedChangeover.TotalHours : job.ChangeoverHours.Average();
        var sinceCheckpoint = Hours(now - (job.CheckpointAt > job.Working?.WorkingSince ? job.CheckpointAt : job.Working?.WorkingSince));
        return new ScoutedJob(
            Math.Max(WorkHoursAtCheckpoint(job) - (working is null ? 0 : sinceCheckpoint), 1 / 3600.0),
            deadline,
            working is null ? RunsOn.Nothing : working.Pool.CapacityType is CapacityType.Spot ? RunsOn.Spot : RunsOn.OnDemand,
            working?.Pool.CapacityType is CapacityType.Spot ? working.Pool.ToString() : null,
            working is null ? 0 : market.Spot.FirstOrDefault(p => p.Spell.Pool == working.Pool)?.LowestUsd ?? working.HourlyUsd,
            Hours(now - working?.WorkingSince),
            PendingHours: 0,
            working is null ? 0 : sinceCheckpoint,
            Math.Max(changeover, 1 / 60.0),
            OverlapHours: changeover,
            job.Spec.Policy.EgressUsd,
            job.ChangeoverHours.IsEmpty ? null : Math.Max(changeover, job.ChangeoverHours.Max()),
            // it may go just before the next look, and in silence
            (job.Spec.Policy.Scouting.ControlPeriod + job.Spec.Policy.SilenceTimeout + job.Spec.Policy.WatchInterval).TotalHours);
    }

    static double WorkHoursAtCheckpoint(TrainingJob job)
    {
        if (job.Checkpoint is not { } checkpoint || job.Iterations <= 0)
            return job.Spec.EstimatedHours;
        var left = Math.Max(0, job.Iterations - checkpoint.Step);
        return left * (job.HoursPerStep ?? job.Spec.EstimatedHours / job.Iterations);
    }

    static double Hours(TimeSpan? span) => span is { } known ? Math.Max(0, known.TotalHours) : 0;
}
