using System.CommandLine;
using System.Text.Json;
using OptiInfra.Cli.Errors;
using OptiInfra.Cli.Hosting;
using OptiInfra.Cli.Output;
using OptiInfra.Contracts;
using OptiInfra.Messaging;

namespace OptiInfra.Cli.Relay;

/// <summary><c>optiinfra relay</c>: how the events get from the store to RabbitMQ.</summary>
static class RelayCommand
{
    public static Command Create(PlatformOptions platform) => new("relay", "The way of the events from the store to RabbitMQ.")
    {
        Status(platform),
        RepublishCommand.Create(platform),
    };

    static Command Status(PlatformOptions platform)
    {
        var json = new Option<bool>("--json") { Description = "as JSON" };
        var command = new Command("status", "Shows who leads the relay, where it stands and what holds it up; exit status 1 when it does not get on.") { json };
        command.SetHandler(platform, async (parsed, settings, cancellationToken) =>
        {
            await using var store = PlatformStore.Open(settings);
            var report = await RelayReport.ReadAsync(store, cancellationToken);
            if (parsed.GetValue(json))
                await Console.Out.WriteLineAsync(Json(report));
            else
                Terminal.Create().Say(string.Join(Environment.NewLine, Lines(report)));
            return report is { Problem: null } && (report.HasLeader || report.LagEvents == 0) ? ExitCode.Done : ExitCode.Failed;
        });
        return command;
    }

    static IEnumerable<string> Lines(RelayReport r)
    {
        yield return r switch
        {
            { Process: null } => "Leader    none so far: start one with `optiinfra run --roles relay`",
            { HasLeader: true } => $"Leader    {r.Process}, since {Amounts.Time(r.LeaderSince!.Value)} UTC, heard of {r.Silence!.Value.TotalSeconds:0.0} s ago",
            _ => $"Leader    none: the last was {r.Process}, silent for {r.Silence!.Value.TotalSeconds:0} s",
        };
        yield return $"Position  {Amounts.Number(r.Position)}";
        yield return r.LagEvents == 0
            ? "Lag       none"
            : $"Lag       {Amounts.Number(r.LagEvents)}{(r.LagEvents == RelayReport.MostCounted ? " or more" : "")} events, the oldest has waited {r.Lag.TotalSeconds:0.0} s";
        yield return $"Rate      {r.EventsPerSecond:0.0} events/s";
        if (r.Problem is { } problem)
            yield return $"Problem   since {Amounts.Time(r.ProblemSince!.Value)} UTC: {problem}";
    }

    static string Json(RelayReport r) => JsonSerializer.Serialize(
        new
        {
            r.HasLeader,
            r.Process,
            r.LeaderSince,
            silenceSeconds = r.Silence?.TotalSeconds,
            r.Position,
            r.LagEvents,
            lagSeconds = r.Lag.TotalSeconds,
            r.EventsPerSecond,
            r.Problem,
            r.ProblemSince,
        },
        JsonSerializerOptions.Web);
}
