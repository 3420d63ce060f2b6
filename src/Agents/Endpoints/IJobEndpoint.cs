namespace OptiInfra.Agents.Endpoints;

/// <summary>How far the switch of a job's address has come.</summary>
/// <param name="Switched">Every new request goes to the trainer that was asked for.</param>
/// <param name="Problem">Why not, in a sentence; null where it is only not done yet.</param>
public sealed record EndpointState(bool Switched, string? Problem);

/// <summary>The stable address of a job. Everything may be asked again and again, and nothing waits for long: who wants an end asks every second or so.</summary>
public interface IJobEndpoint
{
    /// <summary>Sends the users of the job to a trainer, as soon as it answers; until then they stay where they are.</summary>
    /// <param name="address">Host and port.</param>
    Task<EndpointState> LeadToAsync(string tenantId, Guid jobId, int epoch, string address, CancellationToken ct);

    /// <summary>How many requests may still be under way to other trainers than this one. What is not known counts as one.</summary>
    Task<int> InFlightElsewhereAsync(string tenantId, Guid jobId, int epoch, CancellationToken ct);

    /// <summary>The job has ended, and its address with it.</summary>
    Task CloseAsync(string tenantId, Guid jobId, CancellationToken ct);
}
