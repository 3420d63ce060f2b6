using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting;
using Serilog.Formatting.Json;

namespace OptiInfra.Cli.Logging;

/// <summary>The program's logs: on standard error, so that standard output is the commands' own.</summary>
static class Logs
{
    /// <param name="file">Where they go instead.</param>
    public static Logger Create(PlatformSettings settings, string? file = null)
    {
        var level = settings.Debug ? LogEventLevel.Debug : LogEventLevel.Information;
        var configuration = new LoggerConfiguration()
            .MinimumLevel.Is(level)
            .MinimumLevel.Override("Microsoft", settings.Debug ? LogEventLevel.Information : LogEventLevel.Warning)
            .MinimumLevel.Override("Npgsql", LogEventLevel.Warning)
            .MinimumLevel.Override("MassTransit", settings.Debug ? LogEventLevel.Debug : LogEventLevel.Warning)
            // what a failed start throws is told by the command itself
            .Filter.ByExcluding(e => e.MessageTemplate.Text == "Hosting failed to start")
            .Enrich.FromLogContext()
            .Enrich.With(new TraceEnricher());
        ITextFormatter format = settings.LogFormat == LogFormat.Json ? new JsonFormatter(renderMessage: true) : new PersonFormatter(withStackTraces: settings.Debug);
        if (file is not null)
            return configuration.WriteTo.Sink(new TextWriterSink(new StreamWriter(file, append: true), format)).CreateLogger();
        return configuration.WriteTo.Console(format, standardErrorFromLevel: LogEventLevel.Verbose).CreateLogger();
    }
}
