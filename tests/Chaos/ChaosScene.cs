using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using OptiInfra.Chaos.Services;
using OptiInfra.Cli.Clock;
using OptiInfra.Commands;
using OptiInfra.EventStore;
using OptiInfra.Messaging;
using OptiInfra.Projections;
using OptiInfra.Testing;

namespace OptiInfra.Chaos;

/// <summary>
/// Everything a run stands on: private services, a schema and a virtual host of its own, the cloud in a box, the processes. The
/// run's own connections go to the services directly, past the processes' gates.
/// </summary>
sealed class ChaosScene : IAsyncDisposable
{
    static readonly string[] RolesOfProcesses = ["all", "all", "relay scheduler sagas agents projections"];
    /// <summary>The queues of sagas and agents, all of which are there before anything is requested.</summary>
    public static IReadOnlySet<string> Endpoints { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        "spot-migration-saga", "cost-agent", "performance-agent", "resource-agent", "application-agent",
        "live-migration-saga", "scout-agent", "training-agent", "trainer-watch", "trainer-retirement",
    };

    public static readonly TimeSpan StartBound = TimeSpan.FromMinutes(2);

    ChaosScene(PrivateServices services, PostgresSchema schema, RabbitVirtualHost broker, CloudSimProgram cloud, IReadOnlyList<PlatformProcess> processes, IReadOnlyDictionary<string, string> environment, TimeProvider clock)
    {
        (Services, Schema, Broker, Cloud, Processes, Environment, Clock) = (services, schema, broker, cloud, processes, environment, clock);
        Store = DocumentStore.For(o =>
        {
            o.ConnectionString = schema.AppConnectionString;
            o.OwnerConnectionString = schema.OwnerConnectionString;
            o.DatabaseSchemaName = schema.Schema;
            o.TimeProvider = clock;
            o.UseCommands().UseMessaging().AddProjections();
        });
    }

    public PrivateServices Services { get; }
    public PostgresSchema Schema { get; }
    public RabbitVirtualHost Broker { get; }
    public CloudSimProgram Cloud { get; }
    public IReadOnlyList<PlatformProcess> Processes { get; }
    /// <summary>For commands of <c>optiinfra</c> that a person runs.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; }
    public TimeProvider Clock { get; }
    /// <summary>The instant at which the programs' clock and the wall's agree.</summary>
    public required DateTimeOffset Origin { get; init; }
    public IDocumentStore Store { get; }
    /// <summary>Instances that the cloud was told to take back.</summary>
    public ConcurrentDictionary<string, byte> TakenBack { get; } = new(StringComparer.Ordinal);
    public Leadership Leadership => new(Schema.OwnerConnectionString, StableHash.LockKey("event_store.leadership", Schema.Schema, EventRelay.Name));

    public static async Task<ChaosScene> StartAsync(ChaosOptions options, IReadOnlyList<ChaosFleet> fleets)
    {
        var services = await PrivateServices.StartAsync(options.Folder);
        var logs = Path.Combine(options.Folder, "logs");
        if (Directory.Exists(logs))
            Directory.Delete(logs, recursive: true);
        Directory.CreateDirectory(logs);
        var schema = await PostgresSchema.CreateAsync("chaos");
        var broker = await RabbitVirtualHost.CreateAsync("chaos");
        var origin = TimeProvider.System.GetUtcNow();
        var (from, speed) = (origin.ToString("O", CultureInfo.InvariantCulture), options.Speed.ToString(CultureInfo.InvariantCulture));
        var fleetFile = Path.Combine(logs, "fleet.json");
        await FleetFile.WriteAsync(fleetFile, fleets);
        var cloud = await CloudSimProgram.StartAsync(
            "--fleet", fleetFile, "--seed", options.Seed.ToString(CultureInfo.InvariantCulture), "--clock-origin", from, "--clock-speed", speed);

        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["OPTIINFRA_POSTGRES"] = schema.AppConnectionString,
            ["OPTIINFRA_POSTGRES_OWNER"] = schema.OwnerConnectionString,
            ["OPTIINFRA_SCHEMA"] = schema.Schema,
            ["OPTIINFRA_RABBITMQ"] = broker.AmqpUri.ToString(),
            ["OPTIINFRA_CLOCK_ORIGIN"] = from,
            ["OPTIINFRA_CLOCK_SPEED"] = speed,
            ["OPTIINFRA_METRICS_URL"] = cloud.Url + "/instances/{instance_id}/metrics",
            ["OPTIINFRA_HEALTH_URL"] = cloud.Url + "/instances/{instance_id}/health",
            ["OPTIINFRA_PRICES"] = Path.Combine(ProjectRoot.Path, "infra", "demo", "on-demand-prices.csv"),
            ["AWS_ACCESS_KEY_ID"] = "demo-access-key",
            ["AWS_SECRET_ACCESS_KEY"] = "demo-secret-key",
            ["AWS_REGION"] = "us-east-1",
            ["AWS_ENDPOINT_URL"] = cloud.Url,
            ["OPTIINFRA_PROXY_URL"] = "http://127.0.0.1:0",
        };
        PlatformProcess[] processes =
        [
            .. Enumerable.Range(0, options.Processes).Select(i => new PlatformProcess(
                i + 1, RolesOfProcesses[i % RolesOfProcesses.Length],
                new Dictionary<string, string>(environment, StringComparer.Ordinal) { ["OPTIINFRA_GATEWAY_URL"] = $"http://127.0.0.1:{FreePort()}" }, logs)),
        ];
        var scene = new ChaosScene(services, schema, broker, cloud, processes, environment, new ScaledTimeProvider(TimeProvider.System, origin, options.Speed)) { Origin = origin };
        await scene.Store.ApplyAllConfiguredChangesToDatabaseAsync();
        foreach (var process in processes)
            process.Start();
        await Eventually.TrueAsync(async () => (await broker.QueuesAsync()).Contains("spot-migration-saga"), StartBound, $"the start of the processes, whose logs are in {logs},");
        return scene;
    }

    /// <summary>The cloud takes a spot instance back, after its notice.</summary>
    public async Task InterruptAsync(string instanceId, CancellationToken cancellationToken)
    {
        using var response = await Cloud.Control.PostAsJsonAsync("/control/interruptions", new { instances = new { instanceIds = new[] { instanceId } }, noticeSeconds = 600 }, cancellationToken);
        if (response.IsSuccessStatusCode)
            TakenBack.TryAdd(instanceId, 0);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in Processes)
            await process.DisposeAsync();
        await Cloud.DisposeAsync();
        await Store.DisposeAsync();
        await Broker.DisposeAsync();
        await Schema.DisposeAsync();
        await Services.DisposeAsync();
    }

    static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
