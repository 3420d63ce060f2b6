using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using OptiInfra.Agents.Endpoints;
using OptiInfra.Testing;

namespace OptiInfra.Agents.Tests.Endpoints;

/// <summary>Routes of jobs in the real Caddy.</summary>
public sealed class CaddyJobEndpointTests
{
    const string Tenant = "acme";
    static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    readonly Guid job = Guid.NewGuid();

    [Fact]
    public async Task GivenUsersWhoTryAgainWhenReset_WhenTheAddressMoves_ThenEveryAnswerIsATrainers()
    {
        await using var caddy = await CaddyProcess.StartAsync();
        await using var one = await TrainerAsync("one");
        await using var two = await TrainerAsync("two");
        using var http = new HttpClient();
        var endpoint = EndpointOf(caddy, http);
        await LeadAsync(endpoint, 1, one);
        ConcurrentDictionary<string, int> answers = new(StringComparer.Ordinal);
        using var stop = new CancellationTokenSource();
        var users = Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            while (!stop.IsCancellationRequested)
            {
                try
                {
                    answers.AddOrUpdate(await PredictAsync(caddy, http), 1, (_, count) => count + 1);
                }
                catch (HttpRequestException e) when (e.StatusCode is null && e.HttpRequestError is not HttpRequestError.ConnectionError)
                {
                    // reset before an answer, as Caddy's listeners change
                }
            }
        }));
        for (var epoch = 2; epoch <= 6; epoch++)
        {
            var before = answers.Values.Sum();
            await Eventually.TrueAsync(() => answers.Values.Sum() > before + 8 || users.IsCompleted, Bound, "more answers");
            await LeadAsync(endpoint, epoch, epoch % 2 == 0 ? two : one);
            Assert.Equal(epoch % 2 == 0 ? "two" : "one", await PredictAsync(caddy, http));
        }

        await stop.CancelAsync();
        await users;
        Assert.Equal(["one", "two"], answers.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task GivenARequestUnderWay_WhenTheAddressMoves_ThenItFinishesWhereItBegan_AndIsCounted()
    {
        await using var caddy = await CaddyProcess.StartAsync();
        var released = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var one = await TrainerAsync("one", released.Task);
        await using var two = await TrainerAsync("two");
        using var http = new HttpClient();
        var endpoint = EndpointOf(caddy, http);
        await LeadAsync(endpoint, 1, one);
        var slow = http.GetStringAsync($"http://{caddy.Listen}/jobs/{job}/slow");
        // seen from the other side: somebody is under way to a trainer that is not the second
        await Eventually.TrueAsync(async () => (await http.GetStringAsync(new Uri(caddy.Admin, "/reverse_proxy/upstreams"))).Contains("\"num_requests\":1", StringComparison.Ordinal), Bound, "a request under way");
        await LeadAsync(endpoint, 2, two);
        Assert.Equal(1, await endpoint.InFlightElsewhereAsync(Tenant, job, 2, default));
        Assert.Equal("two", await PredictAsync(caddy, http));
        released.SetResult();
        Assert.Equal("one", await slow);
        await Eventually.TrueAsync(async () => await endpoint.InFlightElsewhereAsync(Tenant, job, 2, default) == 0, Bound, "an empty old trainer");
    }

    [Fact]
    public async Task GivenATrainerThatDoesNotAnswer_WhenItIsToGetTheAddress_ThenAllStaysAsItIs()
    {
        await using var caddy = await CaddyProcess.StartAsync();
        await using var one = await TrainerAsync("one");
        await using var two = await TrainerAsync("two", healthStatus: 500);
        using var http = new HttpClient();
        var endpoint = EndpointOf(caddy, http);
        await LeadAsync(endpoint, 1, one);
        await Eventually.TrueAsync(async () => await endpoint.LeadToAsync(Tenant, job, 2, Address(two), default) == new EndpointState(false, $"http://{Address(two)}/health answers 500."), Bound, "the trainer's problem");
        Assert.Equal("one", await PredictAsync(caddy, http));
        // not there yet, so that at least one may be under way elsewhere
        Assert.Equal(1, await endpoint.InFlightElsewhereAsync(Tenant, job, 2, default));
        Assert.Equal(0, await endpoint.InFlightElsewhereAsync(Tenant, job, 1, default));
    }

    [Fact]
    public async Task GivenACaddyThatWasKilled_WhenItIsUpAgain_ThenRoutesAreAsTheyWere()
    {
        await using var caddy = await CaddyProcess.StartAsync();
        await using var one = await TrainerAsync("one");
        using var http = new HttpClient();
        var endpoint = EndpointOf(caddy, http);
        var other = Guid.NewGuid();
        await LeadAsync(endpoint, 1, one);
        await LeadAsync(endpoint, 1, one, other);
        await caddy.RestartAsync();
        Assert.Equal("one", await PredictAsync(caddy, http));
        foreach (var path in new[] { "/checkpoint", "/promote", "/promote/", "//promote", "/a/../promote", "/%70romote", "/PROMOTE" })
            Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(caddy, http, $"/jobs/{job}{path}"));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(caddy, http, $"/jobs/{Guid.NewGuid()}/predict"));
        await endpoint.CloseAsync(Tenant, job, default);
        await Eventually.TrueAsync(async () => await StatusAsync(caddy, http, $"/jobs/{job}/predict") == HttpStatusCode.NotFound, Bound, "the end of the address");
        await endpoint.CloseAsync(Tenant, job, default);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(caddy, http, $"/jobs/{other}/predict"));
    }

    [Fact]
    public async Task GivenNoCaddy_WhenAsked_ThenTheProblemIsTold()
    {
        using var http = new HttpClient();
        var endpoint = new CaddyJobEndpoint(http, new CaddyOptions(new Uri("http://127.0.0.1:9"), "127.0.0.1:0"));
        var state = await endpoint.LeadToAsync(Tenant, job, 1, "127.0.0.1:8", default);
        Assert.False(state.Switched);
        Assert.StartsWith("Caddy at http://127.0.0.1:9/: ", state.Problem, StringComparison.Ordinal);
        Assert.Equal(1, await endpoint.InFlightElsewhereAsync(Tenant, job, 1, default));
        await Assert.ThrowsAsync<HttpRequestException>(() => endpoint.CloseAsync(Tenant, job, default));
    }

    static CaddyJobEndpoint EndpointOf(CaddyProcess caddy, HttpClient http) => new(http, new CaddyOptions(caddy.Admin, caddy.Listen) { Timeout = Bound });

    /// <summary>Asks as often as it takes, as agents do.</summary>
    Task LeadAsync(CaddyJobEndpoint endpoint, int epoch, WebApplication trainer, Guid? of = null) =>
        Eventually.TrueAsync(async () => (await endpoint.LeadToAsync(Tenant, of ?? job, epoch, Address(trainer), default)).Switched, Bound, "the switch");

    async Task<string> PredictAsync(CaddyProcess caddy, HttpClient http)
    {
        using var response = await http.PostAsync($"http://{caddy.Listen}/jobs/{job}/predict", new StringContent("x"));
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadAsStringAsync();
    }

    static async Task<HttpStatusCode?> StatusAsync(CaddyProcess caddy, HttpClient http, string path)
    {
        // as it is, without the client's own cleaning
        var url = new Uri($"http://{caddy.Listen}{path}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using var request = new HttpRequestMessage(HttpMethod.Post, url);
        try
        {
            using var response = await http.SendAsync(request);
            return response.StatusCode;
        }
        catch (HttpRequestException)
        {
            // reset, as Caddy's listeners change
            return null;
        }
    }

    static string Address(WebApplication trainer) => new Uri(trainer.Urls.First()).Authority;

    static async Task<WebApplication> TrainerAsync(string name, Task? slow = null, int healthStatus = 200)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.Run(async context =>
        {
            if (context.Request.Path == "/slow")
                await (slow ?? Task.CompletedTask);
            context.Response.StatusCode = context.Request.Path == "/health" ? healthStatus : 200;
            await context.Response.WriteAsync(name);
        });
        await app.StartAsync();
        return app;
    }
}
