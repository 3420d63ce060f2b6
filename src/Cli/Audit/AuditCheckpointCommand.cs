using System.CommandLine;
using System.Text.Json;
using OptiInfra.Cli.Errors;
using OptiInfra.Cli.Hosting;
using OptiInfra.Cli.Output;
using OptiInfra.EventStore;

namespace OptiInfra.Cli.Audit;

/// <summary><c>optiinfra audit checkpoint</c>: signs where every stream stands.</summary>
static class AuditCheckpointCommand
{
    static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static Command Create(PlatformOptions platform)
    {
        var key = AuditKeys.KeyOption();
        var path = new Option<string?>("--out") { Description = "also writes the checkpoint to this file, to be kept where the database's owner cannot reach it" };
        var command = new Command("checkpoint", "Signs where every stream stands now, so that what is cut off or rewritten later shows.") { key, path };
        command.SetHandler(platform, async (parsed, settings, cancellationToken) =>
        {
            using var signing = AuditKeys.RequiredSigning(parsed.GetValue(key));
            await using var store = PlatformStore.Open(settings);
            var taken = await store.TakeCheckpointAsync(signing, Environment.UserName, cancellationToken);
            var checkpoint = taken ?? await store.NewestCheckpointAsync(cancellationToken)
                ?? throw CliException.Failed("There is nothing to take a checkpoint of: the store holds no events.");
            var console = Terminal.Create();
            var said = checkpoint.Taken;
            console.Say($"Checkpoint {said.Number}{(taken is null ? ", taken before; nothing has happened since" : "")}: {Amounts.Number(said.Events)} events of {Amounts.Number(said.Streams)} streams up to sequence {Amounts.Number(said.SequenceCeiling)}, root {said.Root}, key {said.KeyId}.");
            if (parsed.GetValue(path) is { } file)
                await WriteAsync(file, checkpoint, cancellationToken);
            return ExitCode.Done;
        });
        return command;
    }

    static async Task WriteAsync(string file, Checkpoint checkpoint, CancellationToken cancellationToken)
    {
        try
        {
            await File.WriteAllTextAsync(file, JsonSerializer.Serialize(checkpoint, Indented) + "\n", cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CliException.BadInput($"Checkpoint {checkpoint.Taken.Number} stands in the store, but --out {file} cannot be written: {e.Message}", e);
        }
    }
}
