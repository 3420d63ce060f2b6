using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using OptiInfra.Cli.Errors;
using OptiInfra.Cli.Hosting;
using OptiInfra.Cli.Migrations;
using OptiInfra.Contracts;
using OptiInfra.EventStore;

namespace OptiInfra.Cli.Events;

/// <summary><c>optiinfra events show</c>: one event, or a stream, with everything that is stored.</summary>
static class EventsShowCommand
{
    static readonly JsonSerializerOptions Indented = new(ContractsJson.Options) { WriteIndented = true };

    public static Command Create(PlatformOptions platform)
    {
        var what = new Argument<string>("what") { Description = "an event's id or sequence, or a stream's id (or the beginning of a migration's or job's)" };
        var json = new Option<bool>("--json") { Description = "as JSON lines, data as the very text that is stored" };
        var command = new Command("show", "Shows an event, or all events of a stream, with all that is stored of them.") { what, json };
        command.SetHandler(platform, async (parsed, settings, cancellationToken) =>
        {
            await using var store = PlatformStore.Open(settings);
            foreach (var e in await FindAsync(store, settings.Customer, parsed.GetValue(what)!, cancellationToken))
                await Console.Out.WriteLineAsync(parsed.GetValue(json) ? StoredText.Line(e) : Text(e));
            return ExitCode.Done;
        });
        return command;
    }

    static async Task<IReadOnlyList<IEvent>> FindAsync(IDocumentStore store, string customer, string text, CancellationToken cancellationToken)
    {
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence) && sequence > 0)
        {
            var page = await store.Log.ReadAsync(sequence - 1, 1, cancellationToken);
            return page.Events is [var found] && found.Sequence == sequence ? page.Events
                : throw CliException.BadInput($"There is no event of sequence {sequence}; `optiinfra events tail --after 0 --once` shows those that exist.");
        }

        if (Guid.TryParse(text, out var id) && await store.Log.FindAsync(id, cancellationToken) is { } e)
            return [e];
        // checkpoints belong to no customer
        var owner = id == Checkpoint.StreamId ? Checkpoint.TenantId : customer;
        var stream = await MigrationLookup.FindAnyAsync(store, owner, text, cancellationToken);
        await using var session = store.QuerySession(owner);
        return await session.Events.FetchStreamAsync(stream, cancellationToken: cancellationToken);
    }

    static string Text(IEvent e) => $"""
        {e.EventTypeName} (schema version {e.SchemaVersion}), id {e.Id}
          sequence     {e.Sequence}
          stream       {e.StreamId}, version {e.Version}
          time         {e.Timestamp.UtcDateTime:O}
          customer     {e.TenantId}
          actor        {e.Actor ?? "-"}
          caused by    {e.CausationId?.ToString() ?? "-"}
          correlation  {e.CorrelationId?.ToString() ?? "-"}
          trace        {e.TraceParent ?? "-"}
          hash         {Convert.ToHexStringLower(e.Hash.Span)}
        {JsonNode.Parse(StoredText.Data(e).Span)?.ToJsonString(Indented)}

        """;
}
