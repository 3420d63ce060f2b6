using System.CommandLine;
using OptiInfra.Cli.Errors;
using OptiInfra.Cli.Hosting;
using OptiInfra.Cli.Migrations;
using OptiInfra.Cli.Output;
using OptiInfra.EventStore;

namespace OptiInfra.Cli.Audit;

/// <summary><c>optiinfra audit verify</c>: recomputes the hash chains and names the first event that does not fit.</summary>
static class AuditVerifyCommand
{
    public static Command Create(PlatformOptions platform)
    {
        var id = new Argument<string?>("id") { Description = "one migration; without it the whole store", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("verify", "Recomputes the hash chain of a migration, or of the whole store; exit status 1 where it is broken.") { id };
        command.SetHandler(platform, async (parsed, settings, cancellationToken) =>
        {
            await using var store = PlatformStore.Open(settings);
            var report = parsed.GetValue(id) is { } text
                ? await store.VerifyStreamAsync(await MigrationLookup.FindAsync(store, settings.Customer, text, cancellationToken), cancellationToken)
                : await ProgressBar.RunAsync(
                    "Verifying events",
                    progress => store.VerifyAsync(new Relayed<VerificationProgress>(p => progress(p.Events, p.Total)), cancellationToken));
            if (report.FirstBroken is { } broken)
                throw CliException.Failed($"The chain is broken at version {broken.Version} of stream {broken.StreamId}: {broken.Detail.TrimEnd('.')}.");
            Terminal.Create().Say($"{Amounts.Number(report.Events)} events of {Amounts.Number(report.Streams)} streams are as they were written.");
            return ExitCode.Done;
        });
        return command;
    }
}
