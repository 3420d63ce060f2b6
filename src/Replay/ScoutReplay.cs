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
        return [.. commands.Where(c => c.CommandType == nameof(ProposeOffer)).OrderBy(c => c.VersionBefore).Select(c => Again(c, (ProposeOffer)c.Read(), scout))];
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
