using OptiInfra.Contracts.SpotMigrations;

namespace OptiInfra.Chaos.Judgement;

/// <summary>
/// Each event of a migration was decided by exactly one recorded command: none has effects twice, none came from nowhere.
/// What the gateway notes of tokens and sign-ins is decided by no command.
/// </summary>
static class CommandChecks
{
    public static IEnumerable<Finding> Of(Evidence evidence)
    {
        foreach (var again in evidence.Commands.GroupBy(c => c.Id).Where(g => g.Count() > 1))
            yield return new(Fate.Duplicated, $"command {again.Key} ({again.First().CommandType}) is recorded {again.Count()} times");

        var deciding = evidence.Commands
            .SelectMany(c => Enumerable.Range(1, c.EventCount).Select(i => (c.StreamId, Version: c.VersionBefore + i)))
            .GroupBy(version => version)
            .ToDictionary(g => g.Key, g => g.Count());
        foreach (var e in evidence.Events.Where(e => e.EventType.Namespace == typeof(MigrationRequested).Namespace))
            switch (deciding.GetValueOrDefault((e.StreamId, e.Version)))
            {
                case 0:
                    yield return new(Fate.Lost, $"no command is recorded for version {e.Version} ({e.EventTypeName}) of {e.StreamId}");
                    break;
                case > 1:
                    yield return new(Fate.Duplicated, $"several commands claim version {e.Version} ({e.EventTypeName}) of {e.StreamId}");
                    break;
            }

        var there = evidence.Events.Select(e => (e.StreamId, e.Version)).ToHashSet();
        foreach (var (streamId, version) in deciding.Keys.Where(version => !there.Contains(version)))
            yield return new(Fate.Lost, $"a command decided version {version} of {streamId}, which is not in the log");
    }
}
