using System.Collections.Concurrent;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OptiInfra.EventStore;
using OptiInfra.Testing;

namespace OptiInfra.Messaging.Tests.Shop;

/// <summary>A schema and a virtual host of a test's own, and hosts on them as a process would have them.</summary>
public sealed class ShopWorld : IAsyncDisposable
{
    public static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    readonly List<ShopHost> hosts = [];

    ShopWorld(PostgresSchema schema, RabbitVirtualHost rabbit, TimeProvider clock)
    {
        Schema = schema;
        Rabbit = rabbit;
        Clock = clock;
        Store = CreateStore();
    }

    public PostgresSchema Schema { get; }
    public RabbitVirtualHost Rabbit { get; }
    public TimeProvider Clock { get; }
    public DocumentStore Store { get; }

    public static async Task<ShopWorld> CreateAsync(TimeProvider? clock = null)
    {
        var world = new ShopWorld(await PostgresSchema.CreateAsync("messaging"), await RabbitVirtualHost.CreateAsync("messaging"), clock ?? TimeProvider.System);
        await world.Store.ApplyAllConfiguredChangesToDatabaseAsync();
        return world;
    }

    public DocumentStore CreateStore(Action<StoreOptions>? configure = null) => DocumentStore.For(options =>
    {
        options.ConnectionString = Schema.AppConnectionString;
        options.OwnerConnectionString = Schema.OwnerConnectionString;
        options.DatabaseSchemaName = Schema.Schema;
        options.TimeProvider = Clock;
        options.UseMessaging();
        options.Events
            .MapEventType<OrderPlaced>("order_placed").MapEventType<ItemPacked>("item_packed")
            .MapEventType<PaymentTaken>("payment_taken").MapEventType<OrderShipped>("order_shipped")
            .MapEventType<OrderClosed>("order_closed").MapEventType<CatalogPrinted>("catalog_printed")
            .MapEventType<PaymentMissed>("payment_missed");
        configure?.Invoke(options);
    });

    /// <summary>Another process: its own store, bus, relay and scheduler.</summary>
    public async Task<ShopHost> StartAsync(Action<IBusRegistrationConfigurator> register, Action<MessagingOptions>? configure = null, Action<IServiceCollection>? services = null)
    {
        var host = Build(register, configure, services);
        await host.StartAsync();
        return host;
    }

    public ShopHost Build(Action<IBusRegistrationConfigurator> register, Action<MessagingOptions>? configure = null, Action<IServiceCollection>? services = null)
    {
        var logs = new RecordedLogs();
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.AddProvider(logs).SetMinimumLevel(LogLevel.Debug);
        builder.Services.AddSingleton<IDocumentStore>(_ => CreateStore());
        services?.Invoke(builder.Services);
        builder.Services.AddMessaging(
            options =>
            {
                options.RabbitMq = Rabbit.AmqpUri;
                options.RetryIntervals = [TimeSpan.FromMilliseconds(20)];
                options.SchedulerPollInterval = TimeSpan.FromMilliseconds(50);
                configure?.Invoke(options);
            },
            register);
        var host = new ShopHost(builder.Build(), logs);
        hosts.Add(host);
        return host;
    }

    public async Task AppendAsync(Guid stream, params object[] events)
    {
        await using var session = Store.LightweightSession();
        session.Events.Append(stream, events);
        await session.SaveChangesAsync();
    }

    public async Task<IReadOnlyList<IEvent>> EventsAsync(Guid stream)
    {
        await using var session = Store.QuerySession();
        return await session.Events.FetchStreamAsync(stream);
    }

    public async Task<T> ScalarAsync<T>(string sql, params object[] parameters)
    {
        await using var connection = new Npgsql.NpgsqlConnection(Schema.OwnerConnectionString);
        await connection.OpenAsync();
        await using var command = new Npgsql.NpgsqlCommand(sql, connection);
        foreach (var parameter in parameters)
            command.Parameters.Add(new() { Value = parameter });
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public Task<long> CountAsync(string table) => ScalarAsync<long>($"select count(*) from {table}");

    public async Task<string?> SagaStateAsync(Guid orderId) =>
        await CountAsync($"saga_state where correlation_id = '{orderId}'") == 0
            ? null
            : await ScalarAsync<string>("select current_state from saga_state where correlation_id = $1", orderId);

    public async ValueTask DisposeAsync()
    {
        foreach (var host in hosts)
            await host.DisposeAsync();
        await Store.DisposeAsync();
        await Rabbit.DisposeAsync();
        await Schema.DisposeAsync();
    }
}

public sealed class ShopHost(IHost host, RecordedLogs logs) : IAsyncDisposable
{
    bool started;
    bool disposed;

    public IServiceProvider Services => host.Services;
    public RecordedLogs Logs => logs;
    public IBus Bus => Services.GetRequiredService<IBus>();
    public RelayStatus Relay => Services.GetRequiredService<EventRelay>().Status;

    public async Task StartAsync()
    {
        await host.StartAsync();
        started = true;
    }

    public async ValueTask DisposeAsync()
    {
        if (disposed)
            return;
        disposed = true;
        if (started)
            await host.StopAsync();
        if (host is IAsyncDisposable asynchronous)
            await asynchronous.DisposeAsync();
    }
}

/// <summary>Keeps what was logged, so that a test can look for a message to the operator.</summary>
public sealed class RecordedLogs : ILoggerProvider, ILogger
{
    public ConcurrentQueue<(LogLevel Level, string Text)> Entries { get; } = [];

    public bool Contains(string text) => Entries.Any(e => e.Text.Contains(text, StringComparison.OrdinalIgnoreCase));

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Debug;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Entries.Enqueue((logLevel, $"{formatter(state, exception)} {exception}"));

    public void Dispose()
    {
    }
}
