using Npgsql;
using NpgsqlTypes;

namespace OptiInfra.EventStore;

/// <summary>A command whose result, if it has one, nobody reads.</summary>
sealed class SqlOperation(string sql, IReadOnlyList<object?> parameters) : ISessionOperation
{
    NpgsqlBatchCommand? command;

    public bool FailsInSql => true;

    public void Configure(NpgsqlBatch batch)
    {
        command = new NpgsqlBatchCommand(sql);
        foreach (var parameter in parameters)
            // a parameter can be in one command only, and an operation that was undone is configured again
            command.Parameters.Add((parameter as NpgsqlParameter)?.Clone() ?? new NpgsqlParameter { Value = parameter ?? DBNull.Value });
        batch.BatchCommands.Add(command);
    }

    public async Task PostprocessAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        // a command that is complete before its result was read had none
        if (command!.StatementType == StatementType.Unknown)
            await reader.NextResultAsync(cancellationToken);
    }
}

/// <summary>Parameters with their types, so that a null or an empty array is understood.</summary>
static class Parameter
{
    public static NpgsqlParameter Of(NpgsqlDbType type, object? value) => new() { NpgsqlDbType = type, Value = value ?? DBNull.Value };
    public static NpgsqlParameter Array(NpgsqlDbType type, object value) => new() { NpgsqlDbType = NpgsqlDbType.Array | type, Value = value };
}
