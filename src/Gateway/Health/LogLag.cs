using System.Globalization;
using OptiInfra.EventStore;

namespace OptiInfra.Gateway.Health;

/// <summary>How far a follower of the log is behind it.</summary>
static class LogLag
{
    /// <param name="position">Up to where the follower has come.</param>
    /// <returns>A sentence when the oldest event that it has not handled waits longer than <paramref name="longest"/>; else null.</returns>
    public static async Task<string?> ProblemAsync(
        IDocumentStore store, TimeProvider clock, string follower, long position, TimeSpan longest, CancellationToken cancellationToken)
    {
        var next = await store.Log.ReadAsync(position, 1, cancellationToken);
        if (next.Events is not [{ } oldest, ..])
            return null;
        var waits = clock.GetUtcNow() - oldest.Timestamp;
        return waits <= longest
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"{follower} stands at {position}; event {oldest.Sequence} ({oldest.EventTypeName}) has waited for {waits.TotalSeconds:0} s, longer than {longest.TotalSeconds:0} s.");
    }
}
