using System.CommandLine;
using OptiInfra.Cli.Errors;
using OptiInfra.Cli.Hosting;
using OptiInfra.Cli.Migrations;
using OptiInfra.Cli.Output;
using OptiInfra.EventStore;
using Spectre.Console;

namespace OptiInfra.Cli.Audit;

/// <summary><c>optiinfra audit verify</c>: recomputes the hash chains, holds them against the checkpoints, and names the first event that does not fit.</summary>
static class AuditVerifyCommand
{
    public static Command Create(PlatformOptions platform)
    {
        var id = new Argument<string?>("id") { Description = "one migration; without it the whole store", Arity = ArgumentArity.ZeroOrOne };
        var keys = AuditKeys.PublicKeysOption();
        var known = new Option<string?>("--checkpoint") { Description = "file of a checkpoint that was kept elsewhere: it and all before it must still be there" };
        var command = new Command("verify", "Recomputes the hash chain of a migration, or of the whole store, and checks the checkpoints; exit status 1 where something is broken.") { id, keys, known };
        command.SetHandler(platform, async (parsed, settings, cancellationToken) =>
        {
            var trust = new CheckpointTrust(AuditKeys.Trusted(parsed.GetValue(keys)), parsed.GetValue(known) is { } path ? AuditKeys.ReadCheckpoint(path) : null);
            RequireTrusted(trust, parsed.GetValue(known));
            await using var store = PlatformStore.Open(settings);
            var report = parsed.GetValue(id) is { } text
                ? await store.VerifyStreamAsync(await MigrationLookup.FindAnyAsync(store, settings.Customer, text, cancellationToken), trust, cancellationToken)
                : await ProgressBar.RunAsync(
                    "Verifying events",
                    progress => store.VerifyAsync(trust, new Relayed<VerificationProgress>(p => progress(p.Events, p.Total)), cancellationToken));
            if (report.FirstBroken is { } broken)
                throw CliException.Failed($"The chain is broken at version {broken.Version} of stream {broken.StreamId}: {broken.Detail.TrimEnd('.')}.");
            var console = Terminal.Create();
            console.Say($"{Amounts.Number(report.Events)} events of {Amounts.Number(report.Streams)} streams are as they were written.");
            Say(console, report.Checkpoints);
            return ExitCode.Done;
        });
        return command;
    }

    /// <exception cref="CliException">The file's checkpoint is signed with no trusted key.</exception>
    static void RequireTrusted(CheckpointTrust trust, string? path)
    {
        if (trust.Known is { } known && trust.Keys.Count > 0 && !trust.Keys.Any(k => k.Verifies(known.Taken)))
            throw CliException.Failed($"Checkpoint file {path} is not signed with a trusted key ({string.Join(", ", trust.Keys.Select(k => k.Id))}).");
    }

    static void Say(IAnsiConsole console, CheckpointsReport? checkpoints)
    {
        if (checkpoints is null)
        {
            console.Say("There are no checkpoints: a stream's end cut off together with its head, or a rewritten stream, would not show (`optiinfra audit checkpoint`).");
            return;
        }

        var newest = checkpoints.Newest.Taken;
        console.Say($"{Amounts.Number(checkpoints.Count)} checkpoints agree with them; the newest, number {newest.Number} of {Amounts.Time(newest.TakenAt)} UTC, covers what lies up to sequence {Amounts.Number(newest.SequenceCeiling)}.");
        if (!checkpoints.SignaturesChecked)
            console.Say($"Their signatures were not checked: name the public keys by --public-key or {AuditKeys.PublicKeysVariable}.");
    }
}
