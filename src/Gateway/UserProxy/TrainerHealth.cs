using OptiInfra.Commands.LiveMigrations;

namespace OptiInfra.Gateway.UserProxy;

/// <summary>Looks whether a trainer answers before it gets a job's requests.</summary>
sealed class TrainerHealth(TrainerConnections connections, UserProxyOptions options, WallClock wall)
{
    /// <returns>What is wrong, in a sentence; null where it answers <c>GET /health</c> as a trainer does.</returns>
    public async Task<string?> ProblemAsync(string address, CancellationToken cancellationToken)
    {
        var url = $"http://{address}{TrainerService.Health}";
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var timer = wall.Time.CreateTimer(_ => limit.Cancel(), null, options.HealthTimeout, Timeout.InfiniteTimeSpan);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, url);
            using var response = await connections.SendAsync(request, limit.Token);
            return response.StatusCode is TrainerService.Done ? null : $"{url} answers {(int)response.StatusCode}.";
        }
        catch (Exception e) when (e is HttpRequestException or UriFormatException or IOException)
        {
            return $"{url} cannot be reached: {e.Message.TrimEnd('.')}.";
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return $"{url} does not answer within {options.HealthTimeout.TotalSeconds:0.#} s.";
        }
    }
}
