using System.CommandLine;
using OptiInfra.Cli.Errors;
using OptiInfra.Cli.Hosting;
using OptiInfra.Cli.Output;

namespace OptiInfra.Cli.ReadModels;

/// <summary><c>optiinfra projections</c>: where the read models stand, building them anew, and what they have set aside.</summary>
static class ProjectionsCommand
{
    public static Command Create(PlatformOptions platform) => new("projections", "The read models: list, rebuild, and what they have set aside.")
    {
        List(platform),
        RebuildCommand.Create(platform),
        Skipped(platform),
    };

    static Command List(PlatformOptions platform)
    {
        var json = Json();
        var command = new Command("list", "Shows every version of every projection: position, lag, rebuilds, what is set aside.") { json };
        command.SetHandler(platform, async (parsed, settings, cancellationToken) =>
        {
            await using var store = PlatformStore.Open(settings);
            var all = await store.AllProjectionProgressAsync(cancellationToken);
            if (parsed.GetValue(json))
                await JsonOutput.WriteAsync(all);
            else
                ProjectionTables.Write(Terminal.Create(), all);
            return ExitCode.Done;
        });
        return command;
    }

    static Command Skipped(PlatformOptions platform)
    {
        var retry = new Option<string?>("--retry") { Description = "tries again what has this id, or all of a projection by its name" };
        var json = Json();
        var command = new Command("skipped", "Shows the streams that projections have set aside at an event that failed or is unknown.") { retry, json };
        command.SetHandler(platform, async (parsed, settings, cancellationToken) =>
        {
            await using var store = PlatformStore.Open(settings);
            if (parsed.GetValue(retry) is { } asked)
                return await RetryAsync(store, asked, cancellationToken);
            var all = await store.SkippedEventsAsync(cancellationToken: cancellationToken);
            if (parsed.GetValue(json))
                await JsonOutput.WriteAsync(all);
            else
                ProjectionTables.Write(Terminal.Create(), all);
            return ExitCode.Done;
        });
        return command;
    }

    static async Task<int> RetryAsync(EventStore.IDocumentStore store, string asked, CancellationToken cancellationToken)
    {
        await using var daemon = store.BuildProjectionDaemon();
        try
        {
            var left = await daemon.RetrySkippedAsync(asked, cancellationToken);
            if (left is [{ } first, ..])
                throw CliException.Failed($"{Amounts.Number(left.Count)} still set aside; the first, {first.Projection} at event {first.Sequence} ({first.EventTypeName}): {first.Error.TrimEnd('.')}.");
            Terminal.Create().Say("Nothing of it is set aside any more.");
            return ExitCode.Done;
        }
        catch (ArgumentException e)
        {
            throw CliException.BadInput($"--retry '{asked}': {RebuildCommand.WithoutParameter(e)} `optiinfra projections skipped` shows the ids.", e);
        }
    }

    static Option<bool> Json() => new("--json") { Description = "as JSON" };
}
