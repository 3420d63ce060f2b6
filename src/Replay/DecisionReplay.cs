using System.Text.Json;
using OptiInfra.Commands;
using OptiInfra.Commands.LiveMigrations;
using OptiInfra.Commands.SpotMigrations;
using OptiInfra.Contracts;
using OptiInfra.Contracts.LiveMigrations;
using OptiInfra.Contracts.SpotMigrations;
using OptiInfra.EventStore;

namespace OptiInfra.Replay;

/// <summary>One decision, decided again.</summary>
/// <param name="What">The command and what came of it.</param>
/// <param name="Difference">How the decision of today differs from the recorded one; null when it is the same byte for byte.</param>
/// <param name="NotInLog">What it was decided on and the log does not hold, so that it cannot be decided again; null when it can.</param>
public sealed record ReplayedDecision(long VersionBefore, DateTimeOffset DecidedAt, string Actor, string What, string? Difference, string? NotInLog = null);

/// <summary>Decides every recorded command again, on the state that it saw and at the instant at which it was decided.</summary>
public static class DecisionReplay
{
    /// <param name="commands">Of one migration or job, by the version that they saw.</param>
    /// <param name="events">Its whole stream.</param>
    public static IReadOnlyList<ReplayedDecision> Run(IReadOnlyList<RecordedCommand> commands, IReadOnlyList<IEvent> events) =>
        events is [{ Data: JobSubmitted }, ..]
            ? Run<TrainingJob>(commands, events, (state, command, at) => TrainingJobDecider.Decide(state, (ILiveMigrationCommand)command, at))
            : Run<SpotMigration>(commands, events, (state, command, at) => SpotMigrationDecider.Decide(state, (ISpotMigrationCommand)command, at));

    static List<ReplayedDecision> Run<TState>(IReadOnlyList<RecordedCommand> commands, IReadOnlyList<IEvent> events, Func<TState?, ICommand, DateTimeOffset, Decision> decide)
        where TState : class
    {
        var decisions = new List<ReplayedDecision>(commands.Count);
        TState? state = null;
        var folded = 0;
        foreach (var command in commands.OrderBy(c => c.VersionBefore))
        {
            while (folded < command.VersionBefore && folded < events.Count)
                state = AggregateFold<TState>.Next(state, events[folded++].Data);
            decisions.Add(Decide(command, () => decide(state, command.Read(), command.DecidedAt), events));
        }

        decisions.AddRange(
            from e in events
            where !commands.Any(c => c.VersionBefore < e.Version && e.Version <= c.VersionBefore + c.EventCount)
            select new ReplayedDecision(e.Version - 1, e.Timestamp, e.Actor ?? "", e.EventTypeName, $"version {e.Version} ({e.EventTypeName}) was decided by no recorded command"));
        return decisions;
    }

    static ReplayedDecision Decide(RecordedCommand command, Func<Decision> again, IReadOnlyList<IEvent> events)
    {
        var recorded = events.Skip((int)command.VersionBefore).Take(command.EventCount).ToList();
        var outcome = command.RefusedCode is { } refused ? $"refused ({refused})"
            : recorded.Count == 0 ? "nothing to do"
            : string.Join(", ", recorded.Select(e => e.EventTypeName));
        string? difference;
        try
        {
            difference = Difference(command, recorded, again());
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or InvalidCastException or JsonException or KeyNotFoundException or NullReferenceException)
        {
            difference = $"it cannot be decided again: {e.Message}";
        }

        return new ReplayedDecision(command.VersionBefore, command.DecidedAt, command.Actor, $"{command.CommandType}: {outcome}", difference);
    }

    static string? Difference(RecordedCommand command, List<IEvent> recorded, Decision again)
    {
        if (again is Decision.Refused refused)
            return command.RefusedCode is null ? $"today it is refused: {refused.Reason}"
                : command.RefusedCode == refused.Code && command.RefusedReason == refused.Reason ? null
                : $"recorded refusal '{command.RefusedCode}: {command.RefusedReason}', today '{refused.Code}: {refused.Reason}'";
        var accepted = ((Decision.Accepted)again).Events;
        if (command.RefusedCode is not null)
            return $"it was refused ({command.RefusedCode}), today it gives {accepted.Count} events";
        if (accepted.Count != command.EventCount || recorded.Count != command.EventCount)
            return $"{command.EventCount} events are recorded, {recorded.Count} are in the stream, today it gives {accepted.Count}";
        for (var i = 0; i < accepted.Count; i++)
            if (Difference(recorded[i], accepted[i]) is { } difference)
                return difference;
        return null;
    }

    static string? Difference(IEvent recorded, object again)
    {
        if (recorded.EventType != again.GetType())
            return $"version {recorded.Version} is {recorded.EventTypeName}, today {again.GetType().Name}";
        return WrittenDifference(recorded.Data, again) is { } difference ? $"version {recorded.Version} ({recorded.EventTypeName}) differs: {difference}" : null;
    }

    /// <summary>Where two values differ as they are written to the log; null where they do not.</summary>
    public static string? WrittenDifference(object recorded, object again)
    {
        var before = JsonSerializer.Serialize(recorded, recorded.GetType(), ContractsJson.Options);
        var now = JsonSerializer.Serialize(again, again.GetType(), ContractsJson.Options);
        if (before == now)
            return null;
        var at = before.Zip(now).TakeWhile(pair => pair.First == pair.Second).Count();
        return $"recorded …{Around(before, at)}…, today …{Around(now, at)}…";
    }

    static string Around(string text, int at)
    {
        const int before = 30;
        const int after = 50;
        var from = Math.Max(0, at - before);
        return text[from..Math.Min(text.Length, at + after)];
    }
}
