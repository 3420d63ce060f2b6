using System.Globalization;
using System.Reflection;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using OptiInfra.Aws;
using OptiInfra.Commands;
using OptiInfra.EventStore;
using OptiInfra.Messaging;

namespace OptiInfra.Cli.Telemetry;

/// <summary>
/// Traces and metrics over OTLP, where OTEL_EXPORTER_OTLP_ENDPOINT says; nothing where it is not set. The other OTEL_ variables
/// (protocol, headers, service name, resource attributes, sampler, intervals) mean what OpenTelemetry's specification says.
/// </summary>
sealed class TelemetryExport : IDisposable
{
    const int FlushMilliseconds = 2000;

    /// <summary>Activity sources and meters of the program and of what it stands on.</summary>
    static readonly string[] Sources = [EventStoreInstruments.MeterName, RelayInstruments.Name, CommandInstruments.Name, AwsInstruments.Name, "MassTransit"];
    static readonly string[] Meters = [.. Sources, PlatformGauges.MeterName, "Npgsql", "System.Runtime", "Microsoft.AspNetCore.Hosting"];

    readonly TracerProvider traces;
    readonly MeterProvider metrics;

    TelemetryExport()
    {
        var resource = ResourceBuilder.CreateDefault().AddService(
            PlatformOptions.Variable("OTEL_SERVICE_NAME") ?? "optiinfra",
            serviceVersion: Assembly.GetExecutingAssembly().GetName().Version?.ToString(),
            serviceInstanceId: string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}/{Environment.ProcessId}"));
        traces = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource(Sources).AddOtlpExporter().Build();
        metrics = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter(Meters).AddOtlpExporter().Build();
    }

    public static bool IsOn => PlatformOptions.Variable("OTEL_EXPORTER_OTLP_ENDPOINT") is not null;

    /// <summary>Null where nobody listens.</summary>
    public static TelemetryExport? Start() => IsOn ? new() : null;

    public void Dispose()
    {
        // a collector that is away must not hold up the end of the program
        traces.Shutdown(FlushMilliseconds);
        metrics.Shutdown(FlushMilliseconds);
        traces.Dispose();
        metrics.Dispose();
    }
}
