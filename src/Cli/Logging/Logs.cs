using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting;
using Serilog.Formatting.Json;

namespace OptiInfra.Cli.Logging;

/// <summary>The program's logs: on standard error, so that standard output is the commands' own.</summary>
static class Logs
{
    public static Logger Create(PlatformSettings settings, LogEventLevel least = LogEventLevel.Information)
    {
        var level = settings.Debug ? LogEventLevel.Debug : least;
        var configuration = new LoggerConfiguration()
            .MinimumLevel.Is(level)
            .MinimumLevel.Override("Microsoft", settings.Debug ? LogEventLevel.Information : LogEventLevel.Warning)
            .MinimumLevel.Override("MassTransit", settings.Debug ? LogEventLevel.Debug : LogEventLevel.Warning)
            .Enrich.FromLogContext();
        ITextFormatter format = settings.LogFormat == LogFormat.Json ? new JsonFormatter(renderMessage: true) : new PersonFormatter(withStackTraces: settings.Debug);
        return configuration.WriteTo.Console(format, standardErrorFromLevel: LogEventLevel.Verbose).CreateLogger();
    }
}
