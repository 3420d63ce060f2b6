using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OptiInfra.Cli.Audit;
using OptiInfra.Cli.Errors;
using OptiInfra.Cli.Hosting;
using OptiInfra.Cli.Logging;
using OptiInfra.EventStore;
using OptiInfra.Gateway;

namespace OptiInfra.Cli.Run;

/// <summary><c>optiinfra run</c>: the platform itself, in whichever roles this process has.</summary>
static class RunCommand
{
    public static Command Create(PlatformOptions platform)
    {
        var roles = new Option<string[]>("--roles")
        {
            Description = "what this process does: all, or any of relay, scheduler, sagas, agents, projections, gateway, proxy (OPTIINFRA_ROLES; all)",
            AllowMultipleArgumentsPerToken = true,
        };
        var gatewayUrl = GatewayUrlOption();
        var cloud = new AgentsSettingsOptions();
        var command = cloud.AddTo(new Command("run", "Runs the platform until it is stopped.") { roles, gatewayUrl }, pages: true);
        command.SetHandler(platform, (parsed, settings, cancellationToken) =>
        {
            var names = parsed.GetValue(roles) is { Length: > 0 } given ? given : [PlatformOptions.Variable("OPTIINFRA_ROLES") ?? "all"];
            var parsedRoles = RolesText.Parse(names);
            var url = ReadGatewayUrl(parsed.GetValue(gatewayUrl));
            // all that is missing is told before anything is waited for
            _ = settings.RequiredPostgres;
            _ = ReadProbeUrl();
            CheckpointSchedule.Read()?.Key.Dispose();
            _ = ArchiveSchedule.Read();
            _ = ProxySettings.Read();
            _ = ProxySettings.ReadCaddy();
            if ((parsedRoles & Roles.OnTheBus) != Roles.None)
                _ = settings.RequiredRabbitMq;
            return RunAsync(settings, parsedRoles, url, parsedRoles.HasFlag(Roles.Agents) ? cloud.Read(parsed) : null, cancellationToken);
        });
        return command;
    }

    public static Option<string?> GatewayUrlOption() => new("--gateway-url")
    {
        Description = $"where the gateway listens (OPTIINFRA_GATEWAY_URL; {GatewayOptions.DefaultUrl})",
    };

    /// <exception cref="CliException">It is no http address.</exception>
    public static string ReadGatewayUrl(string? given)
    {
        var text = given ?? PlatformOptions.Variable("OPTIINFRA_GATEWAY_URL") ?? GatewayOptions.DefaultUrl;
        return Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            ? uri.GetLeftPart(UriPartial.Authority)
            : throw CliException.BadInput($"--gateway-url '{text}' is not an address such as {GatewayOptions.DefaultUrl}.");
    }

    /// <summary>Where a process without the gateway tells its health; nowhere when not set.</summary>
    /// <exception cref="CliException">It is no http address.</exception>
    static string? ReadProbeUrl() =>
        PlatformOptions.Variable("OPTIINFRA_PROBE_URL") is not { } text ? null
        : Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" ? uri.GetLeftPart(UriPartial.Authority)
        : throw CliException.BadInput($"OPTIINFRA_PROBE_URL '{text}' is not an address such as http://0.0.0.0:5081.");

    static async Task<int> RunAsync(PlatformSettings settings, Roles roles, string gatewayUrl, AgentsSettings? agents, CancellationToken cancellationToken)
    {
        await using var log = Logs.Create(settings);
        try
        {
            return await RunAsync(settings, roles, gatewayUrl, agents, log, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            log.Information("Stopped.");
            return ExitCode.Done;
        }
    }

    static async Task<int> RunAsync(PlatformSettings settings, Roles roles, string gatewayUrl, AgentsSettings? agents, Serilog.ILogger log, CancellationToken cancellationToken)
    {
        if (agents is { PricesPath: null })
            log.Warning("No on-demand prices are named (--prices or OPTIINFRA_PRICES): the cost agent will refuse every instance for want of a price");
        var wait = new ServicesWait(settings, log);
        await wait.ForPostgresAsync(cancellationToken);
        using var host = PlatformHost.Build(settings, roles, gatewayUrl, log, agents, ReadProbeUrl());
        await wait.ForSchemaAsync(host.Services.GetRequiredService<IDocumentStore>(), cancellationToken);
        if ((roles & Roles.OnTheBus) != Roles.None)
            await wait.ForRabbitMqAsync(cancellationToken);

        await PlatformHost.StartAsync(host, roles.HasFlag(Roles.Gateway) ? gatewayUrl : ReadProbeUrl() ?? gatewayUrl, cancellationToken);
        log.Information(
            "OptiInfra runs as {Roles} on PostgreSQL {Postgres} (schema {Schema}), RabbitMQ {RabbitMq}{Gateway}.",
            RolesText.Of(roles), settings.PostgresAddress, settings.Schema, settings.RabbitMqAddress,
            roles.HasFlag(Roles.Gateway) ? $", gateway {gatewayUrl}" : "");
        return await UntilStoppedAsync(host, log, cancellationToken);
    }

    static async Task<int> UntilStoppedAsync(IHost host, Serilog.ILogger log, CancellationToken cancellationToken)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var asked = cancellationToken.Register(() => ended.TrySetResult());
        // also when a part of the host gives up for good
        await using var gaveUp = host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(() => ended.TrySetResult());
        await ended.Task;
        log.Information("Stopping…");
        using var limit = new CancellationTokenSource(PlatformHost.StopWithin, TimeProvider.System);
        await host.StopAsync(limit.Token);
        log.Information("Stopped.");
        return cancellationToken.IsCancellationRequested ? ExitCode.Done : ExitCode.Failed;
    }
}
