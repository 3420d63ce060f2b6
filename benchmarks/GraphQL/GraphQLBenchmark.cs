using System.Diagnostics;
using System.Text.Json;

namespace OptiInfra.Benchmarks.GraphQL;

/// <summary>One list over HTTP, by our GraphQL server and by others, in rounds that take turns.</summary>
public sealed class GraphQLBenchmark : IBenchmark
{
    const int Rounds = 4;
    const int Connections = 8;
    static readonly TimeSpan Round = TimeSpan.FromSeconds(4);

    const string Document =
        "query($first: Int!) { migrations(first: $first) { id name state instanceType region nodes progress utilisation startedAt isSpot votes { voter accepted confidence } } }";

    public string Name => "graphql";

    public string Description => "a list of 50 objects of 10 fields with nested votes over HTTP, beside GraphQL servers for Node.js and an endpoint without GraphQL";

    sealed record Rival(string Name, Uri Address)
    {
        public List<double> Rates { get; } = [];
        public List<double> Latencies { get; } = [];
    }

    public async Task RunAsync(BenchmarkContext context, CancellationToken cancellationToken)
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(Enumerable.Range(0, 50).Select(Migration), JsonSerializerOptions.Web), cancellationToken);
        var processes = new List<Process>();
        try
        {
            var ours = await StartAsync(processes, new("dotnet", [typeof(GraphQLBenchmark).Assembly.Location]) { Environment = { [GraphQLServer.Variable] = file } }, cancellationToken);
            var script = Path.Combine(AppContext.BaseDirectory, "../../../GraphQL/Node/server.mjs");
            List<Rival> rivals =
            [
                new("OptiInfra.GraphQL", new(ours, "/graphql")),
                new("mercurius, compiled (jit)", await StartAsync(processes, new("node", [script, "mercurius", file]), cancellationToken)),
                new("graphql-yoga", await StartAsync(processes, new("node", [script, "yoga", file]), cancellationToken)),
                new("ASP.NET endpoint, no GraphQL", new(ours, GraphQLServer.PlainPath)),
            ];
            using var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = Connections });
            await RequireEqualAnswersAsync(client, rivals, cancellationToken);
            for (var round = -1; round < Rounds; round++)
            {
                foreach (var rival in rivals)
                    await MeasureAsync(client, rival, kept: round >= 0, cancellationToken);
            }

            context.Say($"{Connections} connections, one request at a time on each; {Rounds} rounds of {Round.TotalSeconds} s per server after one to warm up; client and server share the machine.");
            context.Table(["server", "requests/s, median", "lowest round", "highest round", "latency p50, ms", "p99, ms"], rivals.Select(Row));
            context.Compare(Middle(rivals[0].Rates), "requests/s", Middle(rivals[1].Rates), "requests/s by mercurius with its compiler");
        }
        finally
        {
            foreach (var process in processes)
                await EndAsync(process);
            File.Delete(file);
        }
    }

    static Migration Migration(int i) => new(
        $"m-{i:D6}", $"Move fleet {i} to spot", i % 3 == 0 ? "running" : "completed", "p5.48xlarge", i % 2 == 0 ? "eu-central-1" : "us-east-1", 8 + i, i / 64.0, 0.5 + (i / 128.0),
        "2026-11-21T08:00:00Z", i % 2 == 0, [.. new[] { "cost", "reliability", "performance" }.Select(voter => new Vote(voter, i % 7 != 0, 0.75))]);

    static StringContent Request() => new(
        JsonSerializer.Serialize(new { query = Document, variables = new { first = 50 } }), new System.Net.Http.Headers.MediaTypeHeaderValue("application/json"));

    static async Task RequireEqualAnswersAsync(HttpClient client, List<Rival> rivals, CancellationToken cancellationToken)
    {
        var answers = new List<JsonElement>();
        foreach (var rival in rivals)
            answers.Add(JsonElement.Parse(await SendAsync(client, rival, cancellationToken)));
        var other = answers.FindIndex(answer => !JsonElement.DeepEquals(answer, answers[0]));
        if (other >= 0)
            throw new BenchmarkException($"{rivals[other].Name} answers otherwise than {rivals[0].Name}: {answers[other].GetRawText()[..200]}");
    }

    static async Task<byte[]> SendAsync(HttpClient client, Rival rival, CancellationToken cancellationToken)
    {
        using var content = Request();
        using var response = await client.PostAsync(rival.Address, content, cancellationToken);
        var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        return response.IsSuccessStatusCode ? body : throw new BenchmarkException($"{rival.Name} answers {(int)response.StatusCode}: {System.Text.Encoding.UTF8.GetString(body)}");
    }

    static async Task MeasureAsync(HttpClient client, Rival rival, bool kept, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var latencies = await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => Task.Run(async () =>
        {
            var own = new List<double>();
            while (Stopwatch.GetElapsedTime(started) < Round)
            {
                var sent = Stopwatch.GetTimestamp();
                await SendAsync(client, rival, cancellationToken);
                own.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
            }

            return own;
        }, cancellationToken)));
        if (!kept)
            return;
        rival.Rates.Add(latencies.Sum(own => own.Count) / Stopwatch.GetElapsedTime(started).TotalSeconds);
        rival.Latencies.AddRange(latencies.SelectMany(own => own));
    }

    static IReadOnlyList<string> Row(Rival rival) =>
    [
        rival.Name,
        BenchmarkContext.Figure(Middle(rival.Rates)),
        BenchmarkContext.Figure(rival.Rates.Min()),
        BenchmarkContext.Figure(rival.Rates.Max()),
        BenchmarkContext.Figure(Sample.Percentile(rival.Latencies, 0.5)),
        BenchmarkContext.Figure(Sample.Percentile(rival.Latencies, 0.99)),
    ];

    static double Middle(List<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    static async Task<Uri> StartAsync(List<Process> processes, ProcessStartInfo start, CancellationToken cancellationToken)
    {
        (start.UseShellExecute, start.RedirectStandardInput, start.RedirectStandardOutput) = (false, true, true);
        var process = Process.Start(start)!;
        processes.Add(process);
        return await process.StandardOutput.ReadLineAsync(cancellationToken) is { } address
            ? new Uri(address)
            : throw new BenchmarkException($"{start.FileName} {string.Join(' ', start.ArgumentList)} ended before it said its address; run 'npm ci' in benchmarks/GraphQL/Node, as benchmarks/run.sh does.");
    }

    static async Task EndAsync(Process process)
    {
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        process.Dispose();
    }
}
