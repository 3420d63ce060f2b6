using System.CommandLine;
using OptiInfra.Cli.Errors;
using OptiInfra.Cli.Hosting;
using OptiInfra.Cli.Output;
using OptiInfra.EventStore;

namespace OptiInfra.Cli.ReadModels;

/// <summary><c>optiinfra projections rebuild</c>: builds read models anew beside the present ones and switches.</summary>
static class RebuildCommand
{
    public static Command Create(PlatformOptions platform)
    {
        var name = new Argument<string?>("name") { Description = "the projection's name; `optiinfra projections list` shows them", Arity = ArgumentArity.ZeroOrOne };
        var all = new Option<bool>("--all") { Description = "every projection, one after the other" };
        var command = new Command("rebuild", "Builds a projection from the whole log beside the present one, and switches; goes on where it was when it is stopped.") { name, all };
        command.SetHandler(platform, async (parsed, settings, cancellationToken) =>
        {
            var (one, every) = (parsed.GetValue(name), parsed.GetValue(all));
            if (one is null != every)
                throw CliException.BadInput("Which projection? `optiinfra projections rebuild NAME`, or --all; `optiinfra projections list` shows their names.");
            await using var store = PlatformStore.Open(settings);
            await using var daemon = store.BuildProjectionDaemon();
            foreach (var projection in one is null ? store.Options.Projections.All.Select(p => p.Projection.Name) : [one])
                await RebuildAsync(store, daemon, projection, cancellationToken);
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>The framework adds the name of its parameter.</summary>
    public static string WithoutParameter(ArgumentException e) => e.Message.Split(" (Parameter", 2)[0];

    static async Task RebuildAsync(IDocumentStore store, IProjectionDaemon daemon, string name, CancellationToken cancellationToken)
    {
        try
        {
            var began = TimeProvider.System.GetTimestamp();
            var last = await ProgressBar.RunAsync($"Rebuilding {name}", async (progress, describe) =>
            {
                RebuildProgress? told = null;
                await daemon.RebuildProjectionAsync(name, new Relayed<RebuildProgress>(p =>
                {
                    told = p;
                    progress(p.Sequence, p.Ceiling);
                    describe($"Rebuilding {name}: {ProjectionTables.Progress(p)}");
                }), cancellationToken);
                return told;
            });
            var skipped = (await store.SkippedEventsAsync(name, cancellationToken)).Count;
            Terminal.Create().Say(
                $"{name} is rebuilt up to event {Amounts.Number(last?.Ceiling ?? 0)} in {TimeProvider.System.GetElapsedTime(began):hh\\:mm\\:ss} and switched."
                + (skipped == 0 ? "" : $" {Amounts.Number(skipped)} of its streams are set aside: `optiinfra projections skipped`."));
        }
        catch (ArgumentException e)
        {
            throw CliException.BadInput(WithoutParameter(e), e);
        }
        catch (InvalidOperationException e)
        {
            throw CliException.Failed($"{e.Message.TrimEnd('.')}. What was read before is read still; put it right and rebuild again.", e);
        }
    }
}
