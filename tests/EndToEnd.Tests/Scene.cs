using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using OptiInfra.Cli.Clock;
using OptiInfra.Commands;
using OptiInfra.Commands.LiveMigrations;
using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.LiveMigrations;
using OptiInfra.Contracts.SpotMigrations;
using OptiInfra.EventStore;
using OptiInfra.Messaging;
using OptiInfra.Testing;

namespace OptiInfra.EndToEnd.Tests;

/// <summary>
/// The platform as its users have it: the programs <c>optiinfra</c> and <c>cloudsim</c> as processes of their own, PostgreSQL and
/// RabbitMQ, all on one clock that runs faster than the wall's. The test plays the person, and looks at the stream.
/// </summary>
public sealed class Scene : IAsyncDisposable
{
    /// <summary>By the wall: a whole migration takes well under a minute at these speeds.</summary>
    public static readonly TimeSpan Bound = TimeSpan.FromMinutes(3);

    readonly PostgresSchema schema;
    readonly RabbitVirtualHost virtualHost;
    readonly Dictionary<string, string> environment;
    readonly HttpClient http = new();
    readonly Process cloud;
    readonly string cloudUrl;
    readonly string logs;
    readonly IDocumentStore store;
    readonly CommandExecutor commands;
    Process? platform;
    int starts;

    Scene(PostgresSchema schema, RabbitVirtualHost virtualHost, string cloudUrl, Process cloud, string logs, Dictionary<string, string> environment, TimeProvider clock)
    {
        (this.schema, this.virtualHost, this.cloudUrl, this.cloud, this.logs, this.environment) = (schema, virtualHost, cloudUrl, cloud, logs, environment);
        store = DocumentStore.For(o =>
        {
            o.ConnectionString = schema.AppConnectionString;
            o.DatabaseSchemaName = schema.Schema;
            o.TimeProvider = clock;
            o.UseCommands().UseMessaging();
            o.Schema.For<RecordedCommand>();
        });
        commands = new CommandExecutor(store, clock);
        Clock = clock;
    }

    public Guid Id { get; } = Guid.CreateVersion7();
    public TimeProvider Clock { get; }
    public string CloudUrl => cloudUrl;
    /// <summary>By the programs' clock.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Timers so long that a slow machine's clock, running fast, does not set them off.</summary>
    public static MigrationPolicy Patient { get; } = new()
    {
        AutoApprove = true,
        AnalysisTimeout = TimeSpan.FromDays(1),
        VoteTimeout = TimeSpan.FromDays(1),
        LaunchTimeout = TimeSpan.FromHours(6),
        PhaseTimeout = TimeSpan.FromDays(1),
        MeasurementTimeout = TimeSpan.FromDays(1),
        RollbackTimeout = TimeSpan.FromDays(1),
        ApprovalValidFor = TimeSpan.FromDays(30),
        WatchInterval = TimeSpan.FromMinutes(2),
        // prices move within hours, and hours pass in seconds here
        MaxPriceDriftFraction = 0.5m,
    };

    /// <param name="speed">Seconds of the programs' clock per second of the wall.</param>
    /// <param name="fleet">Changes the demo's fleet file before the cloud loads it.</param>
    public static async Task<Scene> StartAsync(double speed = 150, Func<string, string>? fleet = null)
    {
        var schema = await PostgresSchema.CreateAsync("e2e");
        var virtualHost = await RabbitVirtualHost.CreateAsync("e2e");
        var logs = Directory.CreateTempSubdirectory("optiinfra-e2e-").FullName;
        var cloudUrl = $"http://127.0.0.1:{FreePort()}";
        var origin = TimeProvider.System.GetUtcNow();
        var fleetFile = Path.Combine(ProjectRoot.Path, "infra", "demo", "fleet.json");
        if (fleet is not null)
        {
            var changed = Path.Combine(logs, "fleet.json");
            await File.WriteAllTextAsync(changed, fleet(await File.ReadAllTextAsync(fleetFile)));
            fleetFile = changed;
        }

        var environment = new Dictionary<string, string>
        {
            ["OPTIINFRA_POSTGRES"] = schema.AppConnectionString,
            ["OPTIINFRA_POSTGRES_OWNER"] = schema.OwnerConnectionString,
            ["OPTIINFRA_SCHEMA"] = schema.Schema,
            ["OPTIINFRA_RABBITMQ"] = virtualHost.AmqpUri.ToString(),
            ["OPTIINFRA_GATEWAY_URL"] = $"http://127.0.0.1:{FreePort()}",
            ["OPTIINFRA_PROXY_URL"] = "http://127.0.0.1:0",
            ["OPTIINFRA_CLOCK_ORIGIN"] = origin.ToString("O", CultureInfo.InvariantCulture),
            ["OPTIINFRA_CLOCK_SPEED"] = speed.ToString(CultureInfo.InvariantCulture),
            ["OPTIINFRA_METRICS_URL"] = cloudUrl + "/instances/{instance_id}/metrics",
            ["OPTIINFRA_HEALTH_URL"] = cloudUrl + "/instances/{instance_id}/health",
            ["OPTIINFRA_PRICES"] = Path.Combine(ProjectRoot.Path, "infra", "demo", "on-demand-prices.csv"),
            ["AWS_ACCESS_KEY_ID"] = "demo-access-key",
            ["AWS_SECRET_ACCESS_KEY"] = "demo-secret-key",
            ["AWS_REGION"] = "us-east-1",
            ["AWS_ENDPOINT_URL"] = cloudUrl,
        };
        var cloud = StartProgram("infra/CloudSim", "cloudsim.dll", ["--url", cloudUrl, "--fleet", fleetFile, "--seed", "1"], environment, Path.Combine(logs, "cloudsim.log"));
        var scene = new Scene(schema, virtualHost, cloudUrl, cloud, logs, environment, new ScaledTimeProvider(TimeProvider.System, origin, speed)) { StartedAt = origin };
        await Eventually.TrueAsync(async () => await scene.AnswersAsync($"{cloudUrl}/health"), Bound, $"CloudSim to start; {scene.Tail("cloudsim.log")}");
        await scene.StartPlatformAsync();
        return scene;
    }

    public async Task StartPlatformAsync()
    {
        var log = $"optiinfra-{++starts}.log";
        platform = StartProgram("src/Cli", "optiinfra.dll", ["run", "--roles", "all"], environment, Path.Combine(logs, log));
        await Eventually.TrueAsync(async () => platform.HasExited || await AnswersAsync($"{environment["OPTIINFRA_GATEWAY_URL"]}/health/live"), Bound, $"optiinfra to start; {Tail(log)}");
        Assert.False(platform.HasExited, $"optiinfra ended at its start: {Tail(log)}");
    }

    /// <summary>As <c>kill -9</c> does it.</summary>
    public async Task KillPlatformAsync()
    {
        platform!.Kill(entireProcessTree: false);
        await platform.WaitForExitAsync();
    }

    public async Task<CommandOutcome> Execute(ICommand command) =>
        await commands.ExecuteAsync(command, new CommandContext(Guid.CreateVersion7(), "pat", SessionOptions.DefaultTenant));

    public async Task Request(MigrationPolicy? policy = null, params IReadOnlyList<string> instanceIds) =>
        Assert.IsType<CommandOutcome.Accepted>(await Execute(new RequestMigration(Id, SessionOptions.DefaultTenant, "pat", new FleetSelector { InstanceIds = instanceIds }, policy ?? Patient)));

    public async Task<IReadOnlyList<IEvent>> Events()
    {
        await using var session = store.QuerySession();
        return await session.Events.FetchStreamAsync(Id);
    }

    public async Task<IReadOnlyList<T>> All<T>() => [.. (await Events()).Select(e => e.Data).OfType<T>()];

    /// <summary>Waits until that many events of the type have happened, and gives the last.</summary>
    public async Task<T> Happened<T>(int times = 1) where T : class
    {
        T? last = null;
        var told = "";
        try
        {
            await Eventually.TrueAsync(async () =>
            {
                var events = await Events();
                told = string.Join(", ", events.Select(e => e.EventTypeName));
                if (typeof(T) != typeof(JobFailed) && events.Select(e => e.Data).OfType<JobFailed>().FirstOrDefault() is { } jobFailed)
                    throw new InvalidOperationException($"The job failed: {jobFailed.Reason}");
                if (typeof(T) != typeof(MigrationFailed) && events.Select(e => e.Data).OfType<MigrationFailed>().FirstOrDefault() is { } failed)
                    throw new InvalidOperationException($"The migration failed: {failed.Reason}");
                var all = events.Select(e => e.Data).OfType<T>().ToList();
                last = all.Count == 0 ? null : all[^1];
                return all.Count >= times;
            }, Bound, $"{times} × {typeof(T).Name}");
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"{e.Message} The stream has {told}. {Tail($"optiinfra-{starts}.log")}", e);
        }

        return last!;
    }

    /// <summary>Sends CloudSim's control API a request.</summary>
    public async Task Control(string path, object body)
    {
        using var response = await http.PostAsJsonAsync($"{cloudUrl}/control/{path}", body);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }

    public async Task TakeFaultsBackAsync()
    {
        using var response = await http.DeleteAsync($"{cloudUrl}/control/faults");
        response.EnsureSuccessStatusCode();
    }

    /// <summary>Where the endpoint proxy listens.</summary>
    public async Task<string> ProxyUrlAsync()
    {
        IReadOnlyList<ProxyHeartbeat> live = [];
        await Eventually.TrueAsync(async () => (live = await new ProxyReports(store).LiveAsync(CancellationToken.None)).Count > 0, Bound, "a proxy");
        return live[0].Url;
    }

    public async Task<IReadOnlyList<CloudInstance>> Instances()
    {
        using var state = JsonDocument.Parse(await http.GetStringAsync($"{cloudUrl}/control/state"));
        return
        [
            .. state.RootElement.GetProperty("instances").EnumerateArray().Select(i => new CloudInstance(
                i.GetProperty("id").GetString()!, i.GetProperty("instanceType").GetString()!, i.GetProperty("lifecycle").GetString()!,
                i.GetProperty("state").GetString()!, i.GetProperty("trafficShare").GetDouble(),
                i.TryGetProperty("machineRuns", out var runs) ? runs.GetBoolean() : null)),
        ];
    }

    /// <summary>Every instance that was ever launched, by the client token that launched it.</summary>
    public async Task<ILookup<string, string>> Launches()
    {
        using var launches = JsonDocument.Parse(await http.GetStringAsync($"{cloudUrl}/control/launches"));
        return launches.RootElement.EnumerateArray()
            .SelectMany(l => l.GetProperty("instanceIds").EnumerateArray().Select(id => (Token: l.GetProperty("clientToken").GetString()!, Id: id.GetString()!)))
            .Distinct()
            .ToLookup(l => l.Token, l => l.Id, StringComparer.Ordinal);
    }

    /// <summary>Runs the command line as a person would.</summary>
    public async Task<(int ExitCode, string Output)> Run(params string[] arguments)
    {
        var start = StartInfo("src/Cli", "optiinfra.dll", arguments, environment);
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        using var bound = new CancellationTokenSource(Bound);
        await process.WaitForExitAsync(bound.Token);
        return (process.ExitCode, await output + await errors);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in (Process?[])[platform, cloud])
        {
            if (process is { HasExited: false })
            {
                process.Kill();
                await process.WaitForExitAsync();
            }

            process?.Dispose();
        }

        http.Dispose();
        await store.DisposeAsync();
        await virtualHost.DisposeAsync();
        await schema.DisposeAsync();
        Directory.Delete(logs, recursive: true);
    }

    async Task<bool> AnswersAsync(string url)
    {
        try
        {
            using var response = await http.GetAsync(url);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    string Tail(string log)
    {
        var path = Path.Combine(logs, log);
        if (!File.Exists(path))
            return $"{log}: nothing";
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        var text = reader.ReadToEnd();
        return $"{log}: …{text[Math.Max(0, text.Length - 2000)..]}";
    }

    static Process StartProgram(string project, string assembly, string[] arguments, Dictionary<string, string> environment, string log)
    {
        var process = new Process { StartInfo = StartInfo(project, assembly, arguments, environment) };
        var writer = new StreamWriter(new FileStream(log, FileMode.Create, FileAccess.Write, FileShare.ReadWrite)) { AutoFlush = true };
        void Write(object sender, DataReceivedEventArgs line)
        {
            lock (writer)
                writer.WriteLine(line.Data);
        }

        process.OutputDataReceived += Write;
        process.ErrorDataReceived += Write;
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    static ProcessStartInfo StartInfo(string project, string assembly, string[] arguments, Dictionary<string, string> environment)
    {
        // the tests' own configuration: …/bin/Debug/net10.0
        var output = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var path = Path.Combine(ProjectRoot.Path, project, "bin", output.Parent!.Name, output.Name, assembly);
        var start = new ProcessStartInfo("dotnet", [path, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, UseShellExecute = false };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return start;
    }

    static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

/// <summary>An instance as the cloud in the box has it.</summary>
/// <param name="MachineRuns">Whether its processes live; null for one without user data.</param>
public sealed record CloudInstance(string Id, string InstanceType, string Lifecycle, string State, double TrafficShare, bool? MachineRuns);
