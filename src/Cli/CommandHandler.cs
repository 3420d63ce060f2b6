using System.CommandLine;
using OptiInfra.Cli.Errors;
using OptiInfra.Cli.Schema;
using OptiInfra.Cli.Telemetry;

namespace OptiInfra.Cli;

/// <summary>How a command is carried out: settings read first, and whatever is thrown ends as one line and an exit status.</summary>
static class CommandHandler
{
    public static void SetHandler(this Command command, PlatformOptions platform, Func<ParseResult, PlatformSettings, CancellationToken, Task<int>> handle) =>
        command.SetAction(async (parsed, cancellationToken) =>
        {
            PlatformSettings? settings = null;
            try
            {
                settings = platform.Read(parsed);
                using var telemetry = TelemetryExport.Start();
                await SchemaGate.CheckAsync(settings, cancellationToken);
                return await handle(parsed, settings, cancellationToken);
            }
            catch (Exception error)
            {
                if (platform.Debug(parsed))
                    await Console.Error.WriteLineAsync(error.ToString());
                var (exitCode, message) = ErrorReport.Of(error, settings);
                await Console.Error.WriteLineAsync("optiinfra: " + message);
                return exitCode;
            }
        });
}
