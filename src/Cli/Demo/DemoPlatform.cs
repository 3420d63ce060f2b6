using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OptiInfra.Agents.Clouds;
using OptiInfra.Cli.Hosting;
using OptiInfra.Cli.Logging;
using OptiInfra.Cli.Output;
using OptiInfra.EventStore;
using Serilog;
using Spectre.Console;

namespace OptiInfra.Cli.Demo;

/// <summary>The real program with all roles in this process, for as long as a demo lasts.</summary>
/// <param name="BeginAnew">What an earlier demo left in the schema is taken away first: its cloud is gone with it.</param>
sealed record DemoPlatform(PlatformSettings Settings, AgentsSettings Agents, string GatewayUrl, bool BeginAnew)
{
    static readonly TimeSpan ServicesWithin = TimeSpan.FromSeconds(60);

    public async Task<int> RunAsync(Func<IAnsiConsole, IHost, CancellationToken, Task<int>> demo, CancellationToken cancellationToken)
    {
        var console = Terminal.Create();
        // a live table and log lines would write over each other
        var logFile = console.Profile.Capabilities.Interactive ? Path.Combine(Path.GetTempPath(), $"optiinfra-demo-{Environment.ProcessId}.log") : null;
        await using var log = Logs.Create(Settings, file: logFile);
        if (logFile is not null)
            console.Say($"Log: {logFile}");

        _ = Settings.RequiredRabbitMq;
        var wait = new ServicesWait(Settings, log, ServicesWithin);
        await wait.ForPostgresAsync(cancellationToken);
        await wait.ForRabbitMqAsync(cancellationToken);
        if (BeginAnew)
            await EmptySchema.DropAsync(Settings, cancellationToken);
        using var host = PlatformHost.Build(Settings, Roles.All, GatewayUrl, log, Agents);
        await wait.ForSchemaAsync(host.Services.GetRequiredService<IDocumentStore>(), cancellationToken);
        // asked before anything starts, so that a cloud that is away is one clear line
        await host.Services.GetRequiredService<ICloud>().AvailabilityZonesAsync(cancellationToken);
        await PlatformHost.StartAsync(host, GatewayUrl, cancellationToken);
        try
        {
            return await demo(console, host, cancellationToken);
        }
        finally
        {
            await StopAsync(host, log);
        }
    }

    static async Task StopAsync(IHost host, ILogger log)
    {
        try
        {
            using var limit = new CancellationTokenSource(PlatformHost.StopWithin, TimeProvider.System);
            await host.StopAsync(limit.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or AggregateException)
        {
            // the report is told already; what did not stop in time ends with the process
            log.Warning("Not everything stopped in time: {Reason}", e.Message);
        }
    }
}
