using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OptiInfra.Commands;
using OptiInfra.EventStore;
using OptiInfra.Projections;
using OptiInfra.Projections.Tests;
using OptiInfra.Testing;

namespace OptiInfra.Gateway.Tests;

/// <summary>The gateway on a free port over a schema of a test's own. Neither relay nor daemon runs unless the test runs it.</summary>
sealed class GatewayFixture : IAsyncDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    readonly PostgresSchema home;
    readonly WebApplication app;

    GatewayFixture(PostgresSchema home, WebApplication app)
    {
        this.home = home;
        this.app = app;
        Client = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
    }

    public HttpClient Client { get; }
    public IDocumentStore Store => app.Services.GetRequiredService<IDocumentStore>();

    public static async Task<GatewayFixture> StartAsync(Uri? rabbitMq = null)
    {
        var schema = await PostgresSchema.CreateAsync("gateway");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddEventStore(options =>
        {
            options.ConnectionString = schema.AppConnectionString;
            options.OwnerConnectionString = schema.OwnerConnectionString;
            options.DatabaseSchemaName = schema.Schema;
            options.UseCommands().AddProjections();
        });
        builder.AddGateway(gateway =>
        {
            gateway.Url = "http://127.0.0.1:0";
            gateway.RabbitMq = rabbitMq ?? TestServices.RabbitMq;
            gateway.MaxLag = TimeSpan.Zero;
        });
        var app = builder.Build().UseGateway();
        await app.Services.GetRequiredService<IDocumentStore>().ApplyAllConfiguredChangesToDatabaseAsync();
        await app.StartAsync();
        return new GatewayFixture(schema, app);
    }

    public async Task AppendAsync(MigrationStory story)
    {
        await using var session = Store.LightweightSession(new EventStore.SessionOptions { TenantId = story.Customer, Actor = "ana" });
        session.Events.AppendAt(story.Id, 0, [.. story.Events]);
        await session.SaveChangesAsync();
    }

    public async Task ProjectAsync()
    {
        await using var daemon = Store.BuildProjectionDaemon();
        await daemon.StartAllAsync();
        await daemon.WaitForNonStaleProjectionDataAsync(Patience);
    }

    /// <summary>As the relay does when it has published everything.</summary>
    public async Task RelayedAsync() => await Store.Progression.AdvanceAsync("relay", 0, await Store.Log.HighWaterMarkAsync());

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await app.DisposeAsync();
        await home.DisposeAsync();
    }
}
