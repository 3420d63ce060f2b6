using OptiInfra.Cli.Output;
using OptiInfra.EventStore;
using Spectre.Console;

namespace OptiInfra.Cli.ReadModels;

/// <summary>Read models as tables.</summary>
static class ProjectionTables
{
    public static void Write(IAnsiConsole console, IReadOnlyList<ProjectionStatus> all)
    {
        var table = Terminal.Table("Projection", ">Version", "Lifecycle", "State", ">Position", ">Behind", ">Set aside", "Led", "Remark");
        foreach (var status in all)
            table.Row(
                status.Name, Amounts.Number(status.Version), Lower(status.Lifecycle), State(status),
                Amounts.Number(status.Position), Amounts.Number(status.Lag), Amounts.Number(status.Skipped), status.IsLed ? "yes" : "no", Remark(status));
        console.Write(table);
    }

    public static void Write(IAnsiConsole console, IReadOnlyList<SkippedEvent> all)
    {
        if (all.Count == 0)
        {
            console.Say("Nothing is set aside.");
            return;
        }

        var table = Terminal.Table(">Id", "Projection", ">Version", "Why", ">Event", "Type", "Stream", ">At", ">Waiting", ">Tries", "Last (UTC)", "Error");
        foreach (var skipped in all)
            table.Row(
                Amounts.Number(skipped.Id), skipped.Projection + (skipped.Rebuilding ? " (rebuild)" : ""), Amounts.Number(skipped.Version), Lower(skipped.Kind),
                Amounts.Number(skipped.Sequence), skipped.EventTypeName, Amounts.Short(skipped.StreamId), Amounts.Number(skipped.StreamVersion),
                Amounts.Number(skipped.Waiting), Amounts.Number(skipped.Attempts), Amounts.Time(skipped.LastFailed), skipped.Error);
        console.Write(table);
        console.Say("`optiinfra projections skipped --retry ID` (or a projection's name) applies them, once what was wrong is put right.");
    }

    /// <summary>How far a rebuild is: <c>43.0 % at 12,300/s, 00:01:20 left</c>.</summary>
    public static string Progress(RebuildProgress rebuild) =>
        Amounts.Percent(rebuild.Ceiling == 0 ? 0 : Math.Min(1, (double)rebuild.Sequence / rebuild.Ceiling))
        + (rebuild.Remaining is { } left ? $" at {Amounts.Number((long)rebuild.EventsPerSecond)}/s, {left:hh\\:mm\\:ss} left" : "");

    static string State(ProjectionStatus status) =>
        status.Error is not null ? "paused"
        : status is { State: ProjectionState.Ready, Rebuild: not null } ? "rebuilding"
        : Lower(status.State);

    static string Remark(ProjectionStatus status)
    {
        var remarks = new List<string>();
        if (status.Error is { } error)
            remarks.Add(error);
        if (status.Rebuild is { } rebuild)
            remarks.Add(Progress(rebuild));
        if (!status.IsOwn)
            remarks.Add("another program's version");
        return string.Join("; ", remarks);
    }

    static string Lower<T>(T value) where T : struct, Enum => Projections.EnumWords.Of(value);
}
