using Npgsql;
using OptiInfra.EventStore;

namespace OptiInfra.Messaging;

/// <summary>Where the relay stands, whichever process leads it, as the database tells.</summary>
/// <param name="Process">Machine and process id of the one that led last; null when none ever did.</param>
/// <param name="IsLeader">Whether that one leads still.</param>
/// <param name="Silence">Since its last heartbeat, by the database's clock.</param>
/// <param name="Position">Everything up to this sequence is on the bus.</param>
/// <param name="LagEvents">Events that are not; counted up to <see cref="MostCounted"/>.</param>
/// <param name="Lag">How long the oldest of them has waited, by the store's clock; zero when there is none.</param>
/// <param name="EventsPerSecond">Published lately.</param>
/// <param name="Problem">Why it does not get on; null when all is well.</param>
public sealed record RelayReport(
    string? Process, bool IsLeader, DateTimeOffset? LeaderSince, TimeSpan? Silence,
    long Position, long LagEvents, TimeSpan Lag, double EventsPerSecond, string? Problem, DateTimeOffset? ProblemSince)
{
    public const int MostCounted = 100_000;

    /// <summary>A leader that is alive writes every second.</summary>
    static readonly TimeSpan Alive = RelayHeartbeat.Interval * 5;

    /// <summary>Whether some process leads and was heard of lately.</summary>
    public bool HasLeader => IsLeader && Silence < Alive;

    public static async Task<RelayReport> ReadAsync(IDocumentStore store, CancellationToken cancellationToken = default)
    {
        var database = new MessagingDatabase(store);
        await using var command = database.Source.CreateCommand($"""
            with p as (select coalesce((select last_seq_id from {database.Schema}.event_progression where name = '{EventRelay.Name}'), 0) as at)
            select p.at,
                   (select count(*) from (select 1 from {database.Schema}.all_events where seq_id > p.at limit {MostCounted}) waiting),
                   (select timestamp from {database.Schema}.all_events where seq_id > p.at order by seq_id limit 1),
                   s.process, s.is_leader, s.leader_since, clock_timestamp() - s.heartbeat, s.rate, s.problem, s.problem_since
              from p left join {database.Schema}.relay_status s on s.name = '{EventRelay.Name}'
            """);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        DateTimeOffset? oldest = reader.IsDBNull(2) ? null : reader.GetFieldValue<DateTimeOffset>(2);
        var lag = oldest is { } since ? store.Options.TimeProvider.GetUtcNow() - since : TimeSpan.Zero;
        return new(
            Text(reader, 3), !reader.IsDBNull(4) && reader.GetBoolean(4), At(reader, 5), reader.IsDBNull(6) ? null : reader.GetTimeSpan(6),
            reader.GetInt64(0), reader.GetInt64(1), lag > TimeSpan.Zero ? lag : TimeSpan.Zero,
            reader.IsDBNull(7) ? 0 : reader.GetDouble(7), Text(reader, 8), At(reader, 9));
    }

    static string? Text(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    static DateTimeOffset? At(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetFieldValue<DateTimeOffset>(column);
}
