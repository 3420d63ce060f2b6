using OptiInfra.GraphQL;
using OptiInfra.Projections;

namespace OptiInfra.Gateway.GraphQL;

/// <summary>What is known of a job besides its summary, and what it costs at this moment.</summary>
[ObjectType<Job>]
static class JobFields
{
    public static IReadOnlyList<JobTag> GetTags([Parent] Job job) => [.. job.Summary.Tags.Select(tag => new JobTag(tag.Key, tag.Value))];

    /// <summary>Every launch, by epoch.</summary>
    public static IReadOnlyList<JobTrainer> GetTrainers([Parent] Job job) => [.. job.Summary.Instances.Select(i => JobTrainer.Of(i)!)];

    /// <summary>What the scout found last, and why.</summary>
    public static JobOffer? GetLastOffer([Parent] Job job) => job.Summary.LastOffer;

    /// <summary>Until now, hours of its instances times the price of their start; settled at the end.</summary>
    public static decimal GetPaidUsd([Parent] Job job, TimeProvider clock) => job.Summary.PaidUsd(clock.GetUtcNow());

    /// <summary>What one on-demand instance of the cheapest type that fits would have cost until now; settled at the end.</summary>
    public static decimal GetOnDemandUsd([Parent] Job job, TimeProvider clock) => job.Summary.OnDemandUsd(clock.GetUtcNow());

    /// <summary>Against on demand, until now; negative where it has paid more.</summary>
    public static decimal GetSavedUsd([Parent] Job job, TimeProvider clock) => job.Summary.SavedUsd(clock.GetUtcNow());

    /// <summary>What happened, in order, in a person's words.</summary>
    public static async Task<IReadOnlyList<TimelineLine>> GetTimelineAsync([Parent] Job job, JobHistoryLoader histories, CancellationToken cancellationToken) =>
        (await histories.LoadAsync(job.Key, cancellationToken))?.Lines ?? [];

    /// <summary>The loss at each checkpoint, in the order in which they were saved.</summary>
    public static async Task<IReadOnlyList<LossPoint>> GetLossesAsync([Parent] Job job, JobHistoryLoader histories, CancellationToken cancellationToken) =>
        (await histories.LoadAsync(job.Key, cancellationToken))?.Losses ?? [];

    /// <summary>Every way from one trainer to the next, with how long its parts took.</summary>
    public static async Task<IReadOnlyList<JobChangeover>> GetChangeoversAsync([Parent] Job job, JobHistoryLoader histories, CancellationToken cancellationToken) =>
        (await histories.LoadAsync(job.Key, cancellationToken))?.Changeovers ?? [];
}

/// <summary>A tag of a job's instances.</summary>
sealed record JobTag(string Key, string Value);
