using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OptiInfra.Commands;
using OptiInfra.Commands.Access;
using OptiInfra.Contracts.Access;
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
    readonly bool ownsHome;
    readonly WebApplication app;

    GatewayFixture(PostgresSchema home, bool ownsHome, WebApplication app)
    {
        (this.home, this.ownsHome, this.app) = (home, ownsHome, app);
        Url = new Uri(app.Urls.First());
        Client = NewClient();
        Anonymous = NewClient();
    }

    public Uri Url { get; }
    /// <summary>With an admin's token of every customer.</summary>
    public HttpClient Client { get; }
    /// <summary>Without any; follows no redirects and keeps no cookies.</summary>
    public HttpClient Anonymous { get; }
    public IServiceProvider Services => app.Services;
    public IDocumentStore Store => app.Services.GetRequiredService<IDocumentStore>();
    public AccessTokens Tokens => app.Services.GetRequiredService<AccessTokens>();
    public string OwnerConnectionString => home.OwnerConnectionString;
    public LogLines Logged { get; private init; } = new();

    public static Task<GatewayFixture> StartAsync(Uri? rabbitMq = null) => StartAsync(gateway => gateway.RabbitMq = rabbitMq ?? TestServices.RabbitMq);

    /// <param name="beside">Another process, as it were, over the same database.</param>
    public static async Task<GatewayFixture> StartAsync(
        Action<GatewayOptions> configure, TimeProvider? clock = null, GatewayFixture? beside = null, Action<WebApplication>? map = null)
    {
        var schema = beside?.home ?? await PostgresSchema.CreateAsync("gateway");
        var logged = new LogLines();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddProvider(logged);
        builder.Services.AddSingleton(clock ?? TimeProvider.System);
        builder.Services.AddEventStore(options =>
        {
            options.ConnectionString = schema.AppConnectionString;
            options.OwnerConnectionString = schema.OwnerConnectionString;
            options.DatabaseSchemaName = schema.Schema;
            options.TimeProvider = clock ?? TimeProvider.System;
            options.UseCommands().AddProjections();
        });
        builder.AddGateway(gateway =>
        {
            gateway.Url = "http://127.0.0.1:0";
            gateway.RabbitMq = TestServices.RabbitMq;
            gateway.MaxLag = TimeSpan.Zero;
            configure(gateway);
        });
        var app = builder.Build().UseGateway();
        map?.Invoke(app);
        await app.Services.GetRequiredService<IDocumentStore>().ApplyAllConfiguredChangesToDatabaseAsync();
        await app.StartAsync();
        var fixture = new GatewayFixture(schema, beside is null, app) { Logged = logged };
        fixture.Client.DefaultRequestHeaders.Authorization = new("Bearer", (await fixture.IssueAsync("ada", [Role.Admin], [CustomerNames.All])).Text);
        return fixture;
    }

    public async Task<IssuedToken> IssueAsync(string name, IReadOnlyList<Role> roles, IReadOnlyList<string> customers, TimeSpan? lifetime = null, TokenKind kind = TokenKind.ApiKey)
    {
        var request = new TokenRequest(kind, $"key:{name}", name, roles, customers, lifetime ?? TimeSpan.FromDays(1), "test");
        return Assert.IsType<TokenOutcome.Given>(await Tokens.IssueAsync(request)).Issued;
    }

    public HttpClient NewClient(string? token = null)
    {
        var own = app.Services.GetRequiredService<GatewayOptions>().Certificate?.GetCertHashString();
        var client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            SslOptions = { RemoteCertificateValidationCallback = (_, shown, _, _) => own is not null && shown?.GetCertHashString() == own },
        })
        { BaseAddress = Url };
        if (token is not null)
            client.DefaultRequestHeaders.Authorization = new("Bearer", token);
        return client;
    }

    /// <summary>The events of the log of that type.</summary>
    public async Task<IReadOnlyList<T>> EventsAsync<T>() => [.. (await Store.Log.ReadAsync(0, 1000)).Events.Select(e => e.Data).OfType<T>()];

    public async Task AppendAsync(IStory story)
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
    public async Task RelayedAsync() => await Store.Progression.AdvanceAsync("relay", await Store.Progression.LoadAsync("relay"), await Store.Log.HighWaterMarkAsync());

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        Anonymous.Dispose();
        await app.StopAsync();
        await app.DisposeAsync();
        if (ownsHome)
            await home.DisposeAsync();
    }
}
