using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json;

namespace OptiInfra.Cli.Demo;

/// <summary>A user of the job: asks for predictions without a pause longer than a moment, and counts what comes.</summary>
sealed class PredictClient : IAsyncDisposable
{
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    static readonly object Question = new { features = new[] { 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5 } };

    readonly HttpClient http = new() { Timeout = TimeSpan.FromSeconds(30) };
    readonly CancellationTokenSource stop = new();
    readonly ConcurrentDictionary<int, int> epochs = new();
    readonly Task asking;
    int calls;
    int failed;

    PredictClient(string url) => asking = AskAsync(url);

    public static PredictClient Start(string url) => new(url);

    public int Calls => calls;
    public int Failed => failed;
    public string? FirstFailure { get; private set; }
    /// <summary>The trainers that answered.</summary>
    public IEnumerable<int> Epochs => epochs.Keys.Order();

    /// <summary>The last question is answered before it returns.</summary>
    public async Task StopAsync()
    {
        await stop.CancelAsync();
        await asking;
    }

    async Task AskAsync(string url)
    {
        while (!stop.IsCancellationRequested)
        {
            await AskOnceAsync(url);
            await Task.Delay(Pause, TimeProvider.System, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    async Task AskOnceAsync(string url)
    {
        try
        {
            using var response = await http.PostAsJsonAsync(url, Question);
            var body = await response.Content.ReadAsStringAsync();
            if (response.IsSuccessStatusCode)
                epochs.AddOrUpdate(JsonSerializer.Deserialize<JsonElement>(body).GetProperty("epoch").GetInt32(), 1, (_, times) => times + 1);
            // the job ended between two looks at it: nobody was to be served any more
            else if ((int)response.StatusCode == 410)
                return;
            else
                Fail($"{(int)response.StatusCode} {body.Trim()}");
        }
        catch (Exception e) when (e is HttpRequestException or JsonException or KeyNotFoundException or TaskCanceledException)
        {
            Fail(e.Message);
        }

        calls++;
    }

    void Fail(string why)
    {
        failed++;
        FirstFailure ??= why;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        http.Dispose();
        stop.Dispose();
    }
}
