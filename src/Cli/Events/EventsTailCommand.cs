using System.CommandLine;
using OptiInfra.Cli.Errors;
using OptiInfra.Cli.Hosting;
using OptiInfra.Cli.Output;
using OptiInfra.EventStore;

namespace OptiInfra.Cli.Events;

/// <summary><c>optiinfra events tail</c>: events as they are committed, until it is stopped.</summary>
static class EventsTailCommand
{
    const int PageSize = 500;

    public static Command Create(PlatformOptions platform)
    {
        var filters = new EventFilterOptions();
        var after = new Option<long?>("--after") { Description = "begins behind this sequence; without it, with what comes from now on" };
        var once = new Option<bool>("--once") { Description = "ends where the log ends now" };
        var json = new Option<bool>("--json") { Description = "as JSON lines, with everything that each event holds" };
        var command = filters.AddTo(new Command("tail", "Follows the log live: every event that is committed, in the order of the log.") { after, once, json });
        command.SetHandler(platform, async (parsed, settings, cancellationToken) =>
        {
            if (parsed.GetValue(after) is < 0)
                throw CliException.BadInput("--after is a sequence, 0 or more.");
            await using var store = PlatformStore.Open(settings);
            var filter = filters.Read(parsed, [.. store.Options.Events.Mappings.Select(m => m.Name)]);
            var end = await store.Log.HighWaterMarkAsync(cancellationToken);
            try
            {
                await WriteAsync(store, filter, parsed.GetValue(after) ?? end, parsed.GetValue(once) ? end : long.MaxValue, parsed.GetValue(json), cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                // a person has seen enough
            }

            return ExitCode.Done;
        });
        return command;
    }

    static async Task WriteAsync(IDocumentStore store, EventFilter filter, long after, long end, bool json, CancellationToken cancellationToken)
    {
        if (after >= end)
            return;
        await foreach (var page in store.Log.FollowAsync(after, PageSize, cancellationToken))
        {
            foreach (var e in page.Events.Where(e => e.Sequence <= end && filter.Fits(e)))
                await Console.Out.WriteLineAsync(json ? StoredText.Line(e) : Line(e));
            await Console.Out.FlushAsync(cancellationToken);
            if (page.Ceiling >= end)
                return;
        }
    }

    static string Line(IEvent e) =>
        $"{Amounts.Number(e.Sequence),9}  {Amounts.Time(e.Timestamp)}  {e.EventTypeName,-32} {e.StreamId} v{e.Version,-4} {e.TenantId}  {e.Actor}";
}
