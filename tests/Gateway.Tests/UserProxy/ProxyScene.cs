using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using OptiInfra.Commands;
using OptiInfra.Commands.LiveMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.LiveMigrations;
using OptiInfra.EventStore;
using OptiInfra.Gateway.UserProxy;
using OptiInfra.Testing;

namespace OptiInfra.Gateway.Tests;

/// <summary>Proxies over a log of a test's own.</summary>
sealed class ProxyScene : IAsyncDisposable
{
    public static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);
    const string Customer = "acme";

    readonly PostgresSchema home;
    readonly List<Proxy> proxies = [];

    ProxyScene(PostgresSchema home, IDocumentStore store) => (this.home, Store) = (home, store);

    public IDocumentStore Store { get; }
    public ProxyReports Reports => new(Store);

    public static async Task<ProxyScene> StartAsync()
    {
        var home = await PostgresSchema.CreateAsync("proxy");
        var store = DocumentStore.For(options => Configure(options, home));
        await store.ApplyAllConfiguredChangesToDatabaseAsync();
        return new ProxyScene(home, store);
    }

    /// <param name="databasePort">Where this proxy finds the database; where it is when null.</param>
    /// <param name="start">Whether it runs; if not, nothing of it is there but its parts.</param>
    public async Task<Proxy> ProxyAsync(Action<UserProxyOptions>? configure = null, int? databasePort = null, bool start = true)
    {
        var options = new UserProxyOptions { Url = "http://127.0.0.1:0" };
        configure?.Invoke(options);
        var logged = new LogLines();
        var services = new ServiceCollection()
            .AddLogging(logging => logging.AddProvider(logged))
            .AddSingleton(TimeProvider.System)
            .AddSingleton(new GatewayOptions())
            .AddEventStore(options =>
            {
                Configure(options, home);
                if (databasePort is { } port)
                    options.ConnectionString = new NpgsqlConnectionStringBuilder(options.ConnectionString) { Host = "127.0.0.1", Port = port }.ConnectionString;
            })
            .AddUserProxy(options)
            .BuildServiceProvider();
        if (!start)
        {
            var still = new Proxy(services, new ProxyHeartbeat("none", "test", options.Url, default), logged);
            proxies.Add(still);
            return still;
        }

        foreach (var service in services.GetServices<IHostedService>().Where(s => s.GetType().Assembly == typeof(UserProxyOptions).Assembly))
            await service.StartAsync(CancellationToken.None);
        var known = proxies.Select(p => p.Id).ToList();
        var heartbeat = (await Reports.LiveAsync(CancellationToken.None)).Single(h => !known.Contains(h.Id));
        var proxy = new Proxy(services, heartbeat, logged);
        proxies.Add(proxy);
        return proxy;
    }

    /// <summary>A job that was submitted; its first trainer, if any, gets the endpoint.</summary>
    public async Task<Guid> JobAsync(FakeTrainer? trainer = null)
    {
        var job = Guid.NewGuid();
        var spec = new TrainingJobSpec
        {
            Name = "fraud", Program = new TrainingProgram([], "#!/bin/bash", ""), Needs = new MachineNeeds { ImageId = "ami-1" }, Bucket = "checkpoints", EstimatedHours = 1,
        };
        await AppendAsync(job, new JobSubmitted(job, Customer, "ada", spec, $"jobs/{job}", DateTimeOffset.UnixEpoch));
        if (trainer is not null)
            await SwitchAsync(job, 1, trainer.Address);
        return job;
    }

    public Task SwitchAsync(Guid job, int epoch, string address, bool back = false) =>
        AppendAsync(job, new EndpointSwitchRequested(job, epoch, address, back, DateTimeOffset.UnixEpoch));

    public Task ConfirmAsync(Guid job, int epoch, string address) =>
        AppendAsync(job, new EndpointSwitched(job, epoch, address, false, DateTimeOffset.UnixEpoch));

    public Task LoseAsync(Guid job, int epoch) =>
        AppendAsync(job, new TrainerLost(job, epoch, "i-1", new CapacityPool(CapacityType.Spot, "m5.large", "us-east-1a"), 0, "gone", DateTimeOffset.UnixEpoch));

    public Task EndAsync(Guid job) => AppendAsync(job, new JobFailed(job, "test", DateTimeOffset.UnixEpoch));

    /// <summary>Until all proxies say that they lead there.</summary>
    public Task LeadsAsync(Guid job, int epoch, int count = 1) => Eventually.TrueAsync(
        async () => (await Reports.OfJobAsync(job, CancellationToken.None)).Count(on => on.Report?.Active?.Epoch == epoch) == count, Bound, $"{count} proxies that lead job {job} to trainer {epoch}");

    public async Task<RouteReport?> ReportAsync(Guid job, Proxy proxy) =>
        (await Reports.OfJobAsync(job, CancellationToken.None)).Single(on => on.Proxy.Id == proxy.Id).Report;

    public async ValueTask DisposeAsync()
    {
        foreach (var proxy in proxies)
            await proxy.DisposeAsync();
        await Store.DisposeAsync();
        await home.DisposeAsync();
    }

    async Task AppendAsync(Guid job, object e)
    {
        await using var session = Store.LightweightSession(new() { TenantId = Customer });
        session.Events.Append(job, e);
        await session.SaveChangesAsync();
    }

    static void Configure(StoreOptions options, PostgresSchema home)
    {
        options.ConnectionString = home.AppConnectionString;
        options.OwnerConnectionString = home.OwnerConnectionString;
        options.DatabaseSchemaName = home.Schema;
        options.UseCommands();
    }
}

/// <summary>One process's proxy, as it were.</summary>
sealed class Proxy : IAsyncDisposable
{
    readonly ServiceProvider services;
    bool gone;

    public Proxy(ServiceProvider services, ProxyHeartbeat heartbeat, LogLines logged)
    {
        (this.services, Id, Logged) = (services, heartbeat.Id, logged);
        Client = new HttpClient { BaseAddress = new Uri(heartbeat.Url), Timeout = TimeSpan.FromSeconds(100) };
    }

    public string Id { get; }
    public HttpClient Client { get; }
    public LogLines Logged { get; }

    public static string Path(Guid job, string path) => string.Create(CultureInfo.InvariantCulture, $"/jobs/{job:D}{path}");

    public async Task<string> PredictAsync(Guid job, string body)
    {
        using var response = await Client.PostAsync(Path(job, "/predict"), new StringContent(body));
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadAsStringAsync();
    }

    /// <summary>What <c>/health/ready</c> says of it: null when it is ready.</summary>
    public async Task<string?> UnreadyAsync()
    {
        var report = await services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        return report.Status == HealthStatus.Healthy ? null : report.Entries["proxy"].Description;
    }

    /// <summary>As at SIGTERM.</summary>
    public async Task StopAsync()
    {
        foreach (var service in services.GetServices<IHostedService>().Where(s => s.GetType().Assembly == typeof(UserProxyOptions).Assembly))
            await service.StopAsync(CancellationToken.None);
    }

    /// <summary>As by kill -9: it takes leave of nobody.</summary>
    public async ValueTask DisposeAsync()
    {
        if (gone)
            return;
        gone = true;
        Client.Dispose();
        await services.DisposeAsync();
    }
}
