using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;
using OptiInfra.EventStore;
using OptiInfra.GraphQL;

namespace OptiInfra.Gateway.GraphQL;

[SubscriptionType]
static class JobSubscriptions
{
    /// <summary>One training job, whenever something happens to it.</summary>
    [Subscribe(With = nameof(OpenJobAsync))]
    public static JobChange JobChanged([EventMessage] JobChange change) => change;

    /// <summary>All training jobs of the customer.</summary>
    [Subscribe(With = nameof(OpenJobsAsync))]
    public static JobChange JobsChanged([EventMessage] JobChange change) => change;

    public static async Task<IAsyncEnumerable<JobChange>> OpenJobAsync(
        Guid id, long? afterSequence, string? customer, HttpContext context, EventFollower follower, JobStates states, CancellationToken cancellationToken) =>
        OfAsync(states, await follower.OpenAsync(context, "Subscription.jobChanged", customer, afterSequence, cancellationToken), id, CancellationToken.None);

    public static async Task<IAsyncEnumerable<JobChange>> OpenJobsAsync(
        long? afterSequence, string? customer, HttpContext context, EventFollower follower, JobStates states, CancellationToken cancellationToken) =>
        OfAsync(states, await follower.OpenAsync(context, "Subscription.jobsChanged", customer, afterSequence, cancellationToken), null, CancellationToken.None);

    static async IAsyncEnumerable<JobChange> OfAsync(
        JobStates states, IAsyncEnumerable<IEvent> events, Guid? id, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var e in events.WithCancellation(cancellationToken))
            if ((id is null || e.StreamId == id) && await states.AfterAsync(e) is { } summary)
                yield return new JobChange(e.Sequence, new EventEntry(e), new Job(summary, e.Version));
    }
}

/// <summary>A training job after an event.</summary>
/// <param name="Sequence">Where a subscription can go on: give it as afterSequence.</param>
/// <param name="Event">What changed it.</param>
/// <param name="Job">As it was after that event.</param>
sealed record JobChange(long Sequence, EventEntry Event, Job Job);
