using OptiInfra.Agents.Scouting;
using OptiInfra.Commands;
using OptiInfra.Contracts;
using OptiInfra.Contracts.LiveMigrations;
using OptiInfra.EventStore;

namespace OptiInfra.Replay;

/// <summary>Lets the scout decide again, by its pure function over what it saw, which each of its proposals carries.</summary>
public static class ScoutReplay
{
    /// <param name="commands">Of one job.</param>
    /// <param name="events">Its whole stream.</param>
    public static IReadOnlyList<ReplayedDecision> Run(IReadOnlyList<RecordedCommand> commands, IReadOnlyList<IEvent> events)
    {
        if (events is not [{ Data: JobSubmitted submitted }, ..])
            return [];
        var scout = new Scout(submitted.Spec.Policy.Scouting, new DeadlinePlans());
        return
        [
            .. from command in commands
               where command.CommandType is nameof(ProposeOffer) or nameof(RecordScoutWaits)
               orderby command.VersionBefore
               select command.Read() switch { ProposeOffer proposed => Again(command, proposed, scout), var waits => Again(command, (RecordScoutWaits)waits, scout) },
        ];
    }

    static ReplayedDecision Again(RecordedCommand command, RecordScoutWaits waits, Scout scout)
    {
        var again = scout.Decide(waits.Observed);
        return new ReplayedDecision(command.VersionBefore, command.DecidedAt, command.Actor, "decision of the scout: to wait",
            again.On is RunsOn.Nothing ? DecisionReplay.WrittenDifference(waits.Reasons, again.Reasons) : $"today the scout takes {again.Pool ?? "on demand"}");
    }

    static ReplayedDecision Again(RecordedCommand command, ProposeOffer proposed, Scout scout)
    {
        var again = scout.Decide(proposed.Observed);
        var difference = !again.Moves || again.On is RunsOn.Nothing ? "today the scout stays where it is: " + string.Join("; ", again.Reasons)
            : again.On is RunsOn.OnDemand != (proposed.Pool.CapacityType is CapacityType.OnDemand) || (again.On is RunsOn.Spot && again.Pool != proposed.Pool.ToString()) ? $"recorded {proposed.Pool}, today {again.Pool ?? "on demand"}"
            : again.ExpectedSavingUsd != proposed.ExpectedSavingUsd ? $"recorded an expected saving of {proposed.ExpectedSavingUsd?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "none"} USD, today {again.ExpectedSavingUsd?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "none"}"
            : DecisionReplay.WrittenDifference(proposed.Reasons, again.Reasons);
        return new ReplayedDecision(command.VersionBefore, command.DecidedAt, command.Actor, $"decision of the scout: {proposed.Pool}", difference);
    }
}
