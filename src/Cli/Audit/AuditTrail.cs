using OptiInfra.Commands;
using OptiInfra.EventStore;
using OptiInfra.Projections;
using OptiInfra.Replay;

namespace OptiInfra.Cli.Audit;

/// <summary>One event with what is known of why it is there.</summary>
/// <param name="Command">The command that it was decided by; null when none was recorded.</param>
/// <param name="Cause">What led to that command: an event of the same stream by its version and name, or a person.</param>
/// <param name="Evidence">What the event says, in one sentence.</param>
sealed record AuditLine(
    long Version, long Sequence, DateTimeOffset At, string Event, int SchemaVersion, string? Actor, string? Command, string Cause, string Evidence,
    Guid EventId, Guid? CausationId, Guid? CorrelationId, string? TraceParent, string Hash, object Data);

/// <summary>A migration's events with the commands that decided them.</summary>
static class AuditTrail
{
    public static async Task<IReadOnlyList<AuditLine>> ReadAsync(IDocumentStore store, string customer, Guid id, CancellationToken cancellationToken)
    {
        await using var session = store.QuerySession(customer);
        var events = await session.Events.FetchStreamAsync(id, cancellationToken: cancellationToken);
        var commands = await RecordedCommands.OfAsync(session, id, cancellationToken);
        var byId = events.ToDictionary(e => e.Id);
        var lines = new List<AuditLine>(events.Count);
        foreach (var e in events)
        {
            var command = RecordedCommands.Deciding(commands, e.Version);
            lines.Add(new AuditLine(
                e.Version, e.Sequence, e.Timestamp, e.EventTypeName, e.SchemaVersion, e.Actor, command?.CommandType, Cause(e, command, byId),
                TimelineSentences.Of(e.Data), e.Id, e.CausationId, e.CorrelationId, e.TraceParent, Convert.ToHexStringLower(e.Hash.Span), e.Data));
        }

        return lines;
    }

    static string Cause(IEvent e, RecordedCommand? command, Dictionary<Guid, IEvent> byId)
    {
        var causation = command?.CausationId ?? e.CausationId;
        return causation is null ? ""
            : byId.TryGetValue(causation.Value, out var cause) ? $"{cause.EventTypeName} (version {cause.Version})"
            : causation == command?.Id || causation == e.CausationId && command?.CausationId is null ? $"{e.Actor}'s own command"
            : $"message {causation}";
    }
}
