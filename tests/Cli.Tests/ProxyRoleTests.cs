using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using OptiInfra.Cli.Tests.Processes;
using OptiInfra.Contracts.LiveMigrations;
using OptiInfra.Testing;

namespace OptiInfra.Cli.Tests;

/// <summary>The endpoint proxy as a process of its own, before two trainers.</summary>
public sealed class ProxyRoleTests : IAsyncLifetime
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    readonly Guid job = Guid.CreateVersion7();
    readonly string url = $"http://127.0.0.1:{FreePort()}";
    readonly HttpClient users = new();
    Platform platform = null!;
    WebApplication one = null!;
    WebApplication two = null!;

    public async ValueTask InitializeAsync()
    {
        platform = await Platform.CreateAsync();
        (one, two) = (await TrainerAsync("one"), await TrainerAsync("two"));
    }

    public async ValueTask DisposeAsync()
    {
        users.Dispose();
        await one.DisposeAsync();
        await two.DisposeAsync();
        await platform.DisposeAsync();
    }

    Dictionary<string, string> Environment => new(platform.Environment, StringComparer.Ordinal) { ["OPTIINFRA_PROXY_URL"] = url };

    [Fact]
    public async Task a_proxy_that_was_killed_leads_to_the_trainer_that_the_log_names_now()
    {
        await platform.AppendAsync(job, Submitted(), Switch(1, one));
        await using (var first = await StartAsync())
        {
            await SaysAsync("one");
            first.Signal("KILL");
            await first.EndAsync();
        }

        // meanwhile the platform has gone on
        await platform.AppendAsync(job, new EndpointSwitched(job, 1, Address(one), false, DateTimeOffset.UnixEpoch), Switch(2, two));
        await using var second = await StartAsync();
        await SaysAsync("two");
        await platform.AppendAsync(job, new JobFailed(job, "test", DateTimeOffset.UnixEpoch));
        await Eventually.TrueAsync(async () =>
        {
            using var response = await users.GetAsync($"{url}/jobs/{job}/predict");
            return response.StatusCode == HttpStatusCode.Gone;
        }, Patience, "the end of the job's address");
        second.Terminate();
        (await second.EndAsync()).Succeeds();
        Assert.Equal("1", await platform.ScalarAsync("select count(*) from doc_proxy_heartbeat"));
    }

    [Fact]
    public async Task an_address_that_is_taken_is_named_with_the_remedy()
    {
        await using var first = await StartAsync();
        (await CliProcess.RunAsync(Environment, "run", "--roles", "proxy")).FailsInOneLine(1, url, "OPTIINFRA_PROXY_URL");
    }

    [Theory]
    [InlineData("OPTIINFRA_PROXY_URL", "nowhere", "http://127.0.0.1:5070")]
    [InlineData("OPTIINFRA_PROXY_URL", "https://127.0.0.1:5070", "TLS")]
    [InlineData("OPTIINFRA_PROXY_RETRY_SECONDS", "0", "1 to 300")]
    [InlineData("OPTIINFRA_PROXY_SAFE_PATHS", "predict", "slash")]
    [InlineData("OPTIINFRA_CADDY_ADMIN", "nowhere", "address")]
    public async Task a_setting_that_cannot_be_is_named(string variable, string value, string said)
    {
        var environment = Environment;
        environment[variable] = value;
        (await CliProcess.RunAsync(environment, "run", "--roles", "proxy")).FailsInOneLine(2, variable, value, said);
    }

    async Task<CliProcess> StartAsync()
    {
        var process = CliProcess.Start(Environment, "run", "--roles", "proxy");
        await process.UntilErrorSaysAsync("OptiInfra runs as proxy");
        return process;
    }

    Task SaysAsync(string name) => Eventually.TrueAsync(async () =>
    {
        using var response = await users.PostAsync($"{url}/jobs/{job}/predict", null);
        return response.IsSuccessStatusCode && await response.Content.ReadAsStringAsync() == name;
    }, Patience, $"an answer of trainer {name}");

    JobSubmitted Submitted() => new(
        job, "default", "ada",
        new TrainingJobSpec { Name = "fraud", Program = new TrainingProgram([], "#!/bin/bash", ""), Needs = new MachineNeeds { ImageId = "ami-1" }, Bucket = "checkpoints", EstimatedHours = 1 },
        $"jobs/{job}", DateTimeOffset.UnixEpoch);

    EndpointSwitchRequested Switch(int epoch, WebApplication trainer) => new(job, epoch, Address(trainer), false, DateTimeOffset.UnixEpoch);

    static string Address(WebApplication trainer) => new Uri(trainer.Urls.First()).Authority;

    static async Task<WebApplication> TrainerAsync(string name)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.Run(context => context.Response.WriteAsync(name));
        await app.StartAsync();
        return app;
    }

    static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
