using MassTransit;
using MassTransit.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OptiInfra.Commands;
using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts;
using OptiInfra.EventStore;
using OptiInfra.Messaging;
using OptiInfra.Sagas.SpotMigrations;
using OptiInfra.Testing;

namespace OptiInfra.Sagas.Tests.SpotMigrations;

/// <summary>
/// The saga in MassTransit's test harness on the real PostgreSQL; the test plays the agents by executing their commands.
/// The relay brings the events from the store to the harness's bus.
/// </summary>
public sealed class SagaScene : IAsyncDisposable
{
    static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);
    readonly PostgresSchema schema;
    readonly ServiceProvider services;

    SagaScene(PostgresSchema schema, ServiceProvider services, ManualTimeProvider clock, ITestHarness harness)
    {
        this.schema = schema;
        this.services = services;
        Clock = clock;
        Harness = harness;
        Store = services.GetRequiredService<IDocumentStore>();
    }

    public ManualTimeProvider Clock { get; }
    public ITestHarness Harness { get; }
    public IDocumentStore Store { get; }
    public Guid Id { get; } = Guid.NewGuid();

    public static async Task<SagaScene> StartAsync()
    {
        var schema = await PostgresSchema.CreateAsync("saga");
        var clock = new ManualTimeProvider();
        var services = new ServiceCollection()
            .AddLogging(l => l.SetMinimumLevel(LogLevel.Warning))
            .AddSingleton<TimeProvider>(clock)
            .AddEventStore(o =>
            {
                o.ConnectionString = schema.AppConnectionString;
                o.OwnerConnectionString = schema.OwnerConnectionString;
                o.DatabaseSchemaName = schema.Schema;
                o.Schema.For<RecordedCommand>();
                o.UseCommands().UseMessaging();
            })
            .AddCommands()
            .AddMassTransitTestHarness(x =>
            {
                x.AddMessagingPersistence();
                x.AddSagas();
            })
            .AddEventRelay()
            .BuildServiceProvider(true);
        await services.GetRequiredService<IDocumentStore>().ApplyAllConfiguredChangesToDatabaseAsync();
        var harness = services.GetRequiredService<ITestHarness>();
        await harness.Start();
        return new SagaScene(schema, services, clock, harness);
    }

    public async Task<CommandOutcome> Execute(ICommand command, string actor = "test") =>
        await services.GetRequiredService<CommandExecutor>().ExecuteAsync(command, new CommandContext(Guid.NewGuid(), actor, "default"));

    public async Task<CommandOutcome.Accepted> Accepted(ICommand command) => Assert.IsType<CommandOutcome.Accepted>(await Execute(command));

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

    /// <summary>Waits until the stream holds that many events of a type, and gives the last of them.</summary>
    public async Task<T> Happened<T>(int times = 1) where T : class
    {
        T? last = null;
        await Eventually.TrueAsync(async () =>
        {
            var all = (await Events()).Select(e => e.Data).OfType<T>().ToList();
            last = all.LastOrDefault();
            return all.Count >= times;
        }, Bound, $"{times} × {typeof(T).Name}; the stream has {string.Join(", ", (await Events()).Select(e => e.EventTypeName))}");
        return last!;
    }

    public async Task SagaIsIn(string state) => await Eventually.TrueAsync(async () => await SagaState() == state, Bound, $"the saga in {state}, it is in {await SagaState()}");

    public async Task<string?> SagaState()
    {
        var repository = services.CreateScope().ServiceProvider.GetRequiredService<ILoadSagaRepository<SpotMigrationState>>();
        return (await repository.Load(Id))?.CurrentState;
    }

    /// <summary>Lets the clock run until an event has happened: timers reach the saga only once their rows are committed.</summary>
    public async Task<T> HappensAfter<T>(TimeSpan wait, int times = 1) where T : class
    {
        Clock.Advance(wait);
        return await Happened<T>(times);
    }

    /// <summary>Waits until everything that happened has reached the saga, so that its timers stand in the database.</summary>
    public async Task TimerIsSet()
    {
        var last = (await Events())[^1].Id;
        await using var connection = new Npgsql.NpgsqlConnection(schema.AppConnectionString);
        await connection.OpenAsync();
        await using var command = new Npgsql.NpgsqlCommand($"select count(*) from {schema.Schema}.inbox where message_id = $1", connection) { Parameters = { new() { Value = last } } };
        await Eventually.TrueAsync(async () => (long)(await command.ExecuteScalarAsync())! > 0, Bound, "the last event to reach the saga");
    }

    public async ValueTask DisposeAsync()
    {
        await Harness.Stop();
        await services.DisposeAsync();
        await schema.DisposeAsync();
    }
}
