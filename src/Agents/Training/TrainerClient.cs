using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using OptiInfra.Commands.LiveMigrations;
using OptiInfra.Contracts.LiveMigrations;

namespace OptiInfra.Agents.Training;

/// <summary>Asks trainers over HTTP.</summary>
/// <param name="http">Shared by all trainers; without a timeout of its own.</param>
public sealed class TrainerClient(HttpClient http) : ITrainers
{
    // by the wall's clock, as the network is
    static readonly TimeSpan HealthTimeout = TimeSpan.FromSeconds(5);
    static readonly TimeSpan WorkTimeout = TimeSpan.FromSeconds(65);
    static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public Task<TrainerAnswer<TrainerReport>> HealthAsync(string address, CancellationToken cancellationToken = default) =>
        AskAsync<TrainerReport>(HttpMethod.Get, address, TrainerService.Health, null, HealthTimeout, cancellationToken);

    public Task<TrainerAnswer<TrainerCheckpoint>> CheckpointAsync(string address, string token, CancellationToken cancellationToken = default) =>
        AskAsync<TrainerCheckpoint>(HttpMethod.Post, address, "/checkpoint", token, WorkTimeout, cancellationToken);

    public Task<TrainerAnswer<TrainerReport>> PromoteAsync(string address, string token, CancellationToken cancellationToken = default) =>
        AskAsync<TrainerReport>(HttpMethod.Post, address, "/promote", token, WorkTimeout, cancellationToken);

    async Task<TrainerAnswer<T>> AskAsync<T>(HttpMethod method, string address, string path, string? token, TimeSpan within, CancellationToken cancellationToken) where T : class
    {
        var url = $"http://{address}{path}";
        try
        {
            using var bounded = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            bounded.CancelAfter(within);
            using var request = new HttpRequestMessage(method, url);
            if (token is not null)
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            using var response = await http.SendAsync(request, bounded.Token).ConfigureAwait(false);
            if (response.StatusCode is TrainerService.Done)
                return await response.Content.ReadFromJsonAsync<T>(Json, bounded.Token).ConfigureAwait(false) is { } value ? new TrainerAnswer<T>(value, null, true) : Failed<T>($"{url} answered nothing", false);
            var said = await response.Content.ReadAsStringAsync(bounded.Token).ConfigureAwait(false);
            return Failed<T>($"{url} answered {(int)response.StatusCode}: {said.Trim()}", response.StatusCode is HttpStatusCode.Conflict or HttpStatusCode.Unauthorized or HttpStatusCode.NotFound);
        }
        catch (Exception e) when (e is HttpRequestException or JsonException or UriFormatException or IOException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return Failed<T>($"{url}: {(e is OperationCanceledException ? $"no answer within {within.TotalSeconds:0} s" : e.Message)}", false);
        }
    }

    static TrainerAnswer<T> Failed<T>(string problem, bool isFinal) where T : class => new(null, problem, isFinal);
}
