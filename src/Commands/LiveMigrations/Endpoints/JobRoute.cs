using OptiInfra.Contracts.LiveMigrations;

namespace OptiInfra.Commands.LiveMigrations;

/// <summary>A trainer that the address of a job can lead to.</summary>
/// <param name="Address">Host and port.</param>
public sealed record RouteTarget(int Epoch, string Address);

/// <summary>Where the address of a job leads, as the events of the job say.</summary>
/// <param name="Id">Of the job.</param>
/// <param name="Wanted">Where it is to lead; null while no trainer has proven itself.</param>
/// <param name="Confirmed">Where it led when every proxy had last said so; a proxy that starts begins there.</param>
/// <param name="LostEpoch">The newest trainer that is known to be gone.</param>
/// <param name="Closed">The job has ended.</param>
/// <param name="Sequence">Of the newest event that is in it.</param>
public sealed record JobRoute(Guid Id, string Customer, RouteTarget? Wanted, RouteTarget? Confirmed, int? LostEpoch, bool Closed, long Sequence)
{
    /// <summary>The same route after an event; events that are in it already change nothing.</summary>
    /// <param name="route">Null before the first event of the job.</param>
    /// <returns>Null where the event is none of those that routes are made of.</returns>
    public static JobRoute? After(JobRoute? route, object data, string customer, long sequence)
    {
        if (JobOf(data) is not { } job)
            return null;
        route ??= new JobRoute(job, customer, null, null, null, false, 0);
        return sequence <= route.Sequence ? route : route.Apply(data) with { Sequence = sequence };
    }

    JobRoute Apply(object data) => data switch
    {
        EndpointSwitchRequested e => this with { Wanted = new RouteTarget(e.Epoch, e.Address) },
        EndpointSwitched e => this with { Confirmed = new RouteTarget(e.Epoch, e.Address) },
        TrainerLost e => this with { LostEpoch = e.Epoch },
        JobCompleted or JobFailed or JobCancelled => this with { Closed = true },
        _ => this,
    };

    static Guid? JobOf(object data) => data switch
    {
        JobSubmitted e => e.JobId,
        EndpointSwitchRequested e => e.JobId,
        EndpointSwitched e => e.JobId,
        TrainerLost e => e.JobId,
        JobCompleted e => e.JobId,
        JobFailed e => e.JobId,
        JobCancelled e => e.JobId,
        _ => null,
    };

    /// <summary>Whether nothing can be sent there: the platform has seen this trainer go.</summary>
    public bool IsLost(RouteTarget target) => LostEpoch == target.Epoch;
}
