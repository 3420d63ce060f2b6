using MassTransit;
using MassTransit.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OptiInfra.Agents.Clouds;
using OptiInfra.Agents.Collectors;
using OptiInfra.Agents.Prices;
using OptiInfra.Commands;
using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.SpotMigrations;
using OptiInfra.EventStore;
using OptiInfra.Messaging;
using OptiInfra.Sagas;
using OptiInfra.Testing;

namespace OptiInfra.Agents.Tests.Scenes;

/// <summary>
/// The agents and the saga in MassTransit's test harness on the real PostgreSQL, before a cloud of the test's own making.
/// The relay brings the events from the store to the harness's bus.
/// </summary>
sealed class AgentScene : IAsyncDisposable
{
    static readonly TimeSpan Bound = TimeSpan.FromSeconds(180);
    static readonly TimeSpan Step = TimeSpan.FromSeconds(5);
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    readonly PostgresSchema schema;
    readonly ServiceProvider services;

    AgentScene(PostgresSchema schema, ServiceProvider services, ManualTimeProvider clock, FakeCloud cloud, FakeMetrics metrics)
    {
        this.schema = schema;
        this.services = services;
        (Clock, Cloud, Metrics) = (clock, cloud, metrics);
        Store = services.GetRequiredService<IDocumentStore>();
        Harness = services.GetRequiredService<ITestHarness>();
    }

    /// <summary>Windows of a minute, so that the clock need not run far.</summary>
    public static MigrationPolicy Policy { get; } = new()
    {
        AutoApprove = true,
        BaselineWindow = TimeSpan.FromMinutes(1),
        MonitoringWindows = [TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1)],
    };

    public ManualTimeProvider Clock { get; }
    public FakeCloud Cloud { get; }
    public FakeMetrics Metrics { get; }
    public IDocumentStore Store { get; }
    public ITestHarness Harness { get; }
    public Guid Id { get; } = Guid.NewGuid();

    /// <param name="instances">i-1 … i-n, each an m5.xlarge in us-east-1a that may move.</param>
    public static async Task<AgentScene> StartAsync(int instances)
    {
        var schema = await PostgresSchema.CreateAsync("agents");
        var clock = new ManualTimeProvider();
        var cloud = new FakeCloud(clock);
        var metrics = new FakeMetrics(clock);
        foreach (var n in Enumerable.Range(1, instances))
            cloud.Put(Given.Instance($"i-{n}") with { LaunchTime = clock.GetUtcNow().AddDays(-40) });
        var options = new AgentsOptions
        {
            Region = cloud.Region,
            Prices = PriceBook.Read(new StringReader("instance_type,usd_per_hour,interruption_band\nm5.xlarge,0.192,0\nm5.2xlarge,0.384,0\nm6g.xlarge,0.154,0\nt3.xlarge,0.1664,0\n"), "prices"),
        };
        var services = new ServiceCollection()
            .AddLogging(l => l.SetMinimumLevel(LogLevel.Warning))
            .AddSingleton<TimeProvider>(clock)
            .AddSingleton<ICloud>(cloud)
            .AddSingleton<IInstanceMetrics>(metrics)
            .AddSingleton<IUtilisation>(new FakeUtilisation())
            .AddEventStore(o =>
            {
                o.ConnectionString = schema.AppConnectionString;
                o.OwnerConnectionString = schema.OwnerConnectionString;
                o.DatabaseSchemaName = schema.Schema;
                o.Schema.For<RecordedCommand>();
                o.UseCommands().UseMessaging();
            })
            .AddCommands()
            .AddAgents(options, new ConfigurationBuilder().Build())
            .AddMassTransitTestHarness(x =>
            {
                x.AddMessagingPersistence(new MessagingOptions { SchedulerPollInterval = TimeSpan.FromMilliseconds(20) });
                x.AddSagas();
                x.AddAgents();
            })
            .AddEventRelay()
            .BuildServiceProvider(true);
        await services.GetRequiredService<IDocumentStore>().ApplyAllConfiguredChangesToDatabaseAsync();
        await services.GetRequiredService<ITestHarness>().Start();
        return new AgentScene(schema, services, clock, cloud, metrics);
    }

    public async Task<CommandOutcome> Execute(ISpotMigrationCommand command) =>
        await services.GetRequiredService<CommandExecutor>().ExecuteAsync(command, new CommandContext(Guid.NewGuid(), "test", "default"));

    public async Task Requested(MigrationPolicy? policy = null, FleetSelector? fleet = null) =>
        Assert.IsType<CommandOutcome.Accepted>(await Execute(new RequestMigration(Id, "default", "pat", fleet ?? new FleetSelector(), policy ?? Policy)));

    public async Task<SpotMigration> Migration()
    {
        await using var session = Store.QuerySession();
        return (await session.Events.AggregateStreamAsync<SpotMigration>(Id))!;
    }

    public async Task<IReadOnlyList<IEvent>> Events()
    {
        await using var session = Store.QuerySession();
        return await session.Events.FetchStreamAsync(Id);
    }

    public async Task<IReadOnlyList<T>> All<T>() where T : class => [.. (await Events()).Select(e => e.Data).OfType<T>()];

    /// <summary>Lets the clock run until the stream holds that many events of a type, and gives the last of them.</summary>
    public async Task<T> Reaches<T>(int times = 1) where T : class
    {
        IReadOnlyList<T> all = [];
        await Comes(async () => (all = await All<T>()).Count >= times, $"{times} × {typeof(T).Name}");
        return all[times - 1];
    }

    /// <summary>Lets the clock run until something holds of the cloud.</summary>
    public Task Comes(Func<bool> holds, string what) => Comes(() => Task.FromResult(holds()), what);

    async Task Comes(Func<Task<bool>> holds, string what)
    {
        try
        {
            await Eventually.TrueAsync(async () =>
            {
                if (await holds())
                    return true;
                Clock.Advance(Step);
                await Task.Delay(Pause);
                return false;
            }, Bound, what);
        }
        catch (TimeoutException e)
        {
            var failed = Harness.Consumed.Select(m => m.Exception is not null, new CancellationToken(canceled: true)).Select(m => $"{m.ShortTypeName}: {m.Exception.Message}").Distinct(StringComparer.Ordinal);
            throw new TimeoutException($"{e.Message} The stream has {string.Join(", ", (await Events()).Select(x => x.EventTypeName))}. Failed: {string.Join("; ", failed)}", e);
        }
    }

    /// <summary>Hands an event to the bus once more under another id, as a relay would that lost its memory and the inbox with it.</summary>
    public async Task Redeliver(IEvent e) => await Harness.Bus.Publish(e.Data, e.EventType, x => x.MessageId = Guid.NewGuid());

    /// <summary>Waits until the bus has had nothing to do for a while.</summary>
    public Task Quiet() => Harness.InactivityTask;

    public async ValueTask DisposeAsync()
    {
        await Harness.Stop();
        await services.DisposeAsync();
        await schema.DisposeAsync();
    }
}
