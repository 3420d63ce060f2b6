using System.Globalization;
using OptiInfra.Chaos.Judgement;
using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Chaos;

/// <summary>How much was done and what went wrong meanwhile.</summary>
/// <param name="Lasted">From the first request to the last end, by the wall.</param>
/// <param name="EndedByItself">Times that a process ended although nobody had killed it.</param>
sealed record Figures(
    TimeSpan Lasted, IReadOnlyDictionary<string, int> Faults, IReadOnlyDictionary<MigrationStatus, int> Ends, int Events, int Deliveries, int Launches, int ReadModels, int EndedByItself, IReadOnlyDictionary<string, int> Reasons)
{
    public static Figures Of(Evidence evidence, TimeSpan lasted, IReadOnlyDictionary<string, int> faults, int endedByItself) => new(
        lasted,
        faults,
        evidence.Migrations.CountBy(m => m.Status).ToDictionary(),
        evidence.Events.Count,
        evidence.Inbox.Count,
        evidence.Launches.Count,
        evidence.Rebuilt.Count,
        endedByItself,
        evidence.Migrations.Where(m => m.Status is MigrationStatus.Failed or MigrationStatus.RolledBack).CountBy(m => $"{Words(m.Status)}: {m.EndReason}").ToDictionary());

    public IEnumerable<string> Lines =>
    [
        string.Create(CultureInfo.InvariantCulture, $"Duration: {Lasted.TotalSeconds:0} s from the first request to the last end"),
        $"Migrations: {string.Join(", ", Ends.OrderByDescending(e => e.Value).Select(e => string.Create(CultureInfo.InvariantCulture, $"{e.Value} {Words(e.Key)}")))}",
        string.Create(CultureInfo.InvariantCulture, $"Work: {Events} events, {Deliveries} messages handled ({Deliveries / Lasted.TotalSeconds:0} a second), {Launches} instances launched, {ReadModels} read models"),
        .. Reasons.OrderByDescending(r => r.Value).Take(10).Select(r => string.Create(CultureInfo.InvariantCulture, $"  {r.Value} {r.Key}")),
        $"Faults: {string.Join(", ", Faults.OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => string.Create(CultureInfo.InvariantCulture, $"{f.Value} × {f.Key}")))}",
        string.Create(CultureInfo.InvariantCulture, $"Processes that ended by themselves: {EndedByItself}"),
    ];

    static string Words(MigrationStatus status) => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(status.ToString()).Replace('_', ' ');
}
