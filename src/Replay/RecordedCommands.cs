using OptiInfra.Commands;
using OptiInfra.EventStore;

namespace OptiInfra.Replay;

/// <summary>The commands that were decided on one migration.</summary>
public static class RecordedCommands
{
    /// <summary>In the order in which they were decided.</summary>
    public static async Task<IReadOnlyList<RecordedCommand>> OfAsync(IQuerySession session, Guid migrationId, CancellationToken cancellationToken) =>
        await session.QueryAsync<RecordedCommand>(
            "where data->>'streamId' = $1 order by (data->>'versionBefore')::bigint, (data->>'eventCount')::int, (data->>'decidedAt')::timestamptz, id",
            cancellationToken, migrationId.ToString("D"));

    /// <summary>The command whose events include the given version; null when none was recorded.</summary>
    public static RecordedCommand? Deciding(IReadOnlyList<RecordedCommand> commands, long version) =>
        commands.FirstOrDefault(c => c.VersionBefore < version && version <= c.VersionBefore + c.EventCount);
}
