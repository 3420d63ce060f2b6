using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace OptiInfra.EndToEnd.Tests.LiveMigrations;

/// <summary>People who ask a job for predictions all the time, at its one address.</summary>
public sealed class JobUsers : IAsyncDisposable
{
    const int Count = 2;
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    readonly HttpClient http = new();
    readonly CancellationTokenSource stop = new();
    readonly ConcurrentDictionary<int, int> answers = new();
    readonly ConcurrentQueue<string> failures = new();
    readonly Task asking;

    /// <param name="address">The job's, without a slash at the end.</param>
    public JobUsers(string address) => asking = Task.WhenAll(Enumerable.Range(0, Count).Select(_ => AskAsync(address)));

    /// <summary>Waits for an answer to every one of them; says how many answers there were, by the epoch of the trainer that gave them.</summary>
    public async Task<IReadOnlyDictionary<int, int>> LeaveContentAsync()
    {
        await stop.CancelAsync();
        await asking;
        Assert.Empty(failures);
        Assert.NotEmpty(answers);
        return answers;
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await asking;
        http.Dispose();
        stop.Dispose();
    }

    async Task AskAsync(string address)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                using var response = await http.PostAsJsonAsync($"{address}/predict", new { features = new[] { 0.5, -0.5, 1.0 } });
                if (response.StatusCode is HttpStatusCode.OK)
                    answers.AddOrUpdate((await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("epoch").GetInt32(), 1, (_, count) => count + 1);
                else
                    failures.Enqueue($"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}");
            }
            catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
            {
                failures.Enqueue(e.Message);
            }

            await Task.Delay(Pause);
        }
    }
}
