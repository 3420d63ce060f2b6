using System.Text.RegularExpressions;
using OptiInfra.Cli.Tests.Processes;
using OptiInfra.Testing;

namespace OptiInfra.Cli.Tests;

/// <summary>What a collector receives of one migration through real processes.</summary>
public sealed class TelemetryTests
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    [Fact]
    public async Task one_migration_is_one_trace_across_commands_processes_and_endpoints()
    {
        await using var platform = await Platform.CreateAsync();
        await using var rabbit = await RabbitVirtualHost.CreateAsync("cli");
        await using var cloud = await CloudInABox.StartAsync();
        using var collector = new OtlpReceiver();
        var environment = Join(platform.Environment, cloud.Environment, collector.Environment);
        environment["OPTIINFRA_RABBITMQ"] = rabbit.AmqpUri.ToString();
        environment["OPTIINFRA_LOG_FORMAT"] = "json";
        // two processes share the roles
        await using var first = CliProcess.Start(environment, "run", "--roles", "relay,scheduler,sagas");
        await using var second = CliProcess.Start(environment, "run", "--roles", "agents,projections");
        await first.UntilErrorSaysAsync("OptiInfra runs as");
        await second.UntilErrorSaysAsync("OptiInfra runs as");

        // the command's process exports nothing: the trace begins all the same
        var silent = new Dictionary<string, string>(environment, StringComparer.Ordinal);
        silent.Remove("OTEL_EXPORTER_OTLP_ENDPOINT");
        var requested = (await CliProcess.RunAsync(silent, "migrate")).Succeeds().Output;
        var id = Regex.Match(requested, "Requested migration ([0-9a-f-]{36})", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking).Value["Requested migration ".Length..];
        await Eventually.TrueAsync(() => Spans().Any(s => s.Name == "decide CastVote"), Patience, "a vote");
        await CliProcess.RunAsync(environment, "cancel", id, "--reason", "enough seen");
        await Eventually.TrueAsync(() => Spans().Any(s => s.Name == "decide CancelMigration"), Patience, "the cancellation, which is another process's command");

        Assert.Contains(Spans(), s => s.Name == "append");
        Assert.Contains(Spans(), s => s.Name == "publish migration_requested");
        Assert.Contains(Spans(), s => s.Name.StartsWith("EC2/", StringComparison.Ordinal));
        Assert.True(Spans().Where(s => s.Name.EndsWith(" process", StringComparison.Ordinal)).Select(s => s.Name).Distinct().Count() >= 2, string.Join(", ", Spans().Select(s => s.Name).Distinct()));
        await Eventually.TrueAsync(
            () => Array.TrueForAll(["event_store.events.appended", "relay.events.published", "relay.lag", "commands.decided", "votes.cast", "rpc.client.call.duration"], collector.Metrics.ContainsKey),
            Patience, "the metrics");

        List<ReceivedSpan> Spans()
        {
            var trace = collector.Spans.FirstOrDefault(s => s.Name == "publish migration_requested")?.TraceId;
            return [.. collector.Spans.Where(s => s.TraceId == trace)];
        }
    }

    static Dictionary<string, string> Join(params Dictionary<string, string>[] several)
    {
        var joined = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in several.SelectMany(s => s))
            joined[name] = value;
        return joined;
    }
}
