using OptiInfra.Agents.Endpoints;
using OptiInfra.Commands;
using OptiInfra.Commands.LiveMigrations;
using OptiInfra.EventStore;
using OptiInfra.Testing;

namespace OptiInfra.Agents.Tests.Endpoints;

/// <summary>What agents make of what the proxies wrote.</summary>
public sealed class ProxyJobEndpointTests : IAsyncLifetime
{
    static readonly RouteTarget Old = new(1, "10.0.0.1:8080");
    static readonly RouteTarget New = new(2, "10.0.0.2:8080");

    readonly Guid job = Guid.NewGuid();
    PostgresSchema home = null!;
    DocumentStore store = null!;

    ProxyReports Reports => new(store);
    ProxyJobEndpoint Endpoint => new(Reports);

    public async ValueTask InitializeAsync()
    {
        home = await PostgresSchema.CreateAsync("endpoint");
        store = DocumentStore.For(options =>
        {
            options.ConnectionString = home.AppConnectionString;
            options.OwnerConnectionString = home.OwnerConnectionString;
            options.DatabaseSchemaName = home.Schema;
            options.UseCommands();
        });
        await store.ApplyAllConfiguredChangesToDatabaseAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await store.DisposeAsync();
        await home.DisposeAsync();
    }

    [Fact]
    public async Task GivenNoProxy_WhenAsked_ThenTheSwitchIsDone()
    {
        Assert.Equal(new EndpointState(true, null), await AskAsync());
        Assert.Equal(0, await InFlightAsync());
        await Endpoint.CloseAsync("acme", job, default);
    }

    [Fact]
    public async Task GivenTwoProxies_WhenOneIsBehind_ThenTheSwitchIsNotDone_AndItsProblemIsTold()
    {
        await SayAsync("a", New, null, new DrainingTarget(1, 3));
        await SayAsync("b", Old, null);
        Assert.Equal(new EndpointState(false, null), await AskAsync());
        // how many are under way at the one that is behind is not known: it counts one
        Assert.Equal(4, await InFlightAsync());
        await SayAsync("b", Old, "http://10.0.0.2:8080/health answers 500.");
        Assert.Equal(new EndpointState(false, "Proxy host b: http://10.0.0.2:8080/health answers 500."), await AskAsync());
        await SayAsync("b", New, null);
        Assert.Equal(new EndpointState(true, null), await AskAsync());
        Assert.Equal(3, await InFlightAsync());
        await SayAsync("a", New, null);
        Assert.Equal(0, await InFlightAsync());
    }

    [Fact]
    public async Task GivenAProxyThatHasNotReadOfTheJob_WhenAsked_ThenTheSwitchIsNotDone()
    {
        await Reports.WriteAsync(new ProxyHeartbeat("a", "host a", "http://here", default), [], [], default);
        Assert.Equal(new EndpointState(false, null), await AskAsync());
    }

    [Fact]
    public async Task GivenTheSameEpochElsewhere_WhenAsked_ThenTheSwitchIsNotDone()
    {
        await SayAsync("a", New with { Address = "10.0.0.3:8080" }, null);
        Assert.False((await AskAsync()).Switched);
    }

    [Fact]
    public async Task GivenAProxyThatIsSilent_WhenAsked_ThenItDoesNotCount()
    {
        await SayAsync("a", New, null);
        await SayAsync("b", Old, "stuck");
        await using var command = store.DataSource.CreateCommand(
            $"update {home.Schema}.doc_proxy_heartbeat set data = data || jsonb_build_object('at', clock_timestamp() - interval '11 seconds') where id = 'b'");
        await command.ExecuteNonQueryAsync();
        Assert.Equal(new EndpointState(true, null), await AskAsync());
    }

    Task<EndpointState> AskAsync() => Endpoint.LeadToAsync("acme", job, New.Epoch, New.Address, default);

    Task<int> InFlightAsync() => Endpoint.InFlightElsewhereAsync("acme", job, New.Epoch, default);

    Task SayAsync(string proxy, RouteTarget active, string? problem, params DrainingTarget[] draining) => Reports.WriteAsync(
        new ProxyHeartbeat(proxy, $"host {proxy}", "http://here", default), [new RouteReport(RouteReport.IdOf(proxy, job), proxy, job, active, problem, draining)], [], default);
}
