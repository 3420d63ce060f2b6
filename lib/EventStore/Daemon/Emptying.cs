using NpgsqlTypes;

namespace OptiInfra.EventStore;

/// <summary>Takes a projection's documents and rows away. DELETE, because TRUNCATE would stop readers.</summary>
static class Emptying
{
    public static IEnumerable<string> Tables(DocumentStore store, IProjection projection)
        => projection.DocumentTypes.Select(type => store.Options.Schema.Of(type).TableName).Concat(projection.TableNames)
            .Select(table => $"{store.Options.QuotedSchema}.{table}");

    public static void Queue(DocumentSession session, IProjection projection)
    {
        foreach (var table in Tables(session.UnitOfWork.Store, projection))
            session.QueueSqlCommand($"delete from {table}");
    }
}

static class ProgressRow
{
    /// <returns>Null where the row does not exist, unlike position 0.</returns>
    public static Task<long?> ReadAsync(UnitOfWork unit, string name, CancellationToken cancellationToken)
        => unit.ReadAsync(
            $"select last_seq_id from {unit.Store.Options.QuotedSchema}.event_progression where name = $1",
            [Parameter.Of(NpgsqlDbType.Text, name)],
            async reader => await reader.ReadAsync(cancellationToken) ? reader.GetInt64(0) : (long?)null,
            cancellationToken);
}
