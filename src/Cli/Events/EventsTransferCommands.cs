using System.CommandLine;
using OptiInfra.Cli.Errors;
using OptiInfra.Cli.Hosting;
using OptiInfra.Cli.Output;
using OptiInfra.EventStore;

namespace OptiInfra.Cli.Events;

/// <summary><c>optiinfra events export</c> and <c>import</c>: the log and its recorded commands as JSON lines, and back.</summary>
static class EventsTransferCommands
{
    public static Command Export(PlatformOptions platform)
    {
        var path = new Option<string?>("--out") { Description = "file to write; standard output without it" };
        var stream = new Option<string?>("--stream") { Description = "only this stream" };
        var eventsAlone = new Option<bool>("--without-commands") { Description = "leave out the recorded commands, which `optiinfra replay` wants" };
        var command = new Command("export", "Writes the log and the commands that were decided on it as JSON lines, each event's data as the very text that is stored.") { path, stream, eventsAlone };
        command.SetHandler(platform, async (parsed, settings, cancellationToken) =>
        {
            var only = parsed.GetValue(stream) is not { } text ? (Guid?)null
                : Guid.TryParse(text, out var id) ? id
                : throw CliException.BadInput($"--stream '{text}' is no id of a stream.");
            await using var store = PlatformStore.Open(settings);
            await using var destination = parsed.GetValue(path) is { } file ? Opened(file, "--out", FileMode.CreateNew) : Console.OpenStandardOutput();
            var report = await store.ExportAsync(destination, only, withDocuments: !parsed.GetValue(eventsAlone), cancellationToken);
            await Console.Error.WriteLineAsync($"{Amounts.Number(report.Events)} events of {Amounts.Number(report.Streams)} streams up to sequence {Amounts.Number(report.SequenceCeiling)}, {Amounts.Number(report.Documents)} recorded commands.");
            return ExitCode.Done;
        });
        return command;
    }

    public static Command Import(PlatformOptions platform)
    {
        var path = new Argument<string>("file") { Description = "what `optiinfra events export` wrote; - reads standard input" };
        var command = new Command("import", "Reads an export into an empty schema; every hash is checked before anything is to be seen.") { path };
        command.SetHandler(platform, async (parsed, settings, cancellationToken) =>
        {
            if (settings.PostgresOwner is null)
                throw CliException.BadInput("Importing takes the role that owns the schema: set OPTIINFRA_POSTGRES_OWNER (or --postgres-owner). The application's role can only append.");
            var file = parsed.GetValue(path)!;
            await using var source = file == "-" ? Console.OpenStandardInput() : Opened(file, "file", FileMode.Open);
            await using var store = PlatformStore.Open(settings);
            try
            {
                var report = await store.ImportAsync(source, cancellationToken);
                Terminal.Create().Say($"{Amounts.Number(report.Events)} events of {Amounts.Number(report.Streams)} streams were imported up to sequence {Amounts.Number(report.SequenceCeiling)}, with {Amounts.Number(report.Documents)} recorded commands; every hash fits.");
                return ExitCode.Done;
            }
            catch (ImportException e)
            {
                throw CliException.Failed($"Nothing was imported from {file}. {e.Message}", e);
            }
        });
        return command;
    }

    static FileStream Opened(string path, string name, FileMode mode)
    {
        try
        {
            return new FileStream(path, mode, mode == FileMode.Open ? FileAccess.Read : FileAccess.Write);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CliException.BadInput($"{name} '{path}' cannot be {(mode == FileMode.Open ? "read" : "written")}: {e.Message}", e);
        }
    }
}
