using System.Diagnostics;
using System.Globalization;
using Npgsql;
using OptiInfra.Chaos.Services;
using OptiInfra.EventStore;
using OptiInfra.Testing;

namespace OptiInfra.Chaos.Log;

/// <summary>A log after pg_dump and pg_restore into a cluster that was made for it.</summary>
static class RestoredLog
{
    static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    /// <summary>What is wrong with it, in sentences.</summary>
    /// <param name="folder">Of the new cluster; it is emptied first.</param>
    public static async Task<IReadOnlyList<string>> TryAsync(PostgresSchema schema, DocumentStore original, string folder, Action<string> say)
    {
        await using var cluster = await SecondCluster.StartAsync(folder);
        using var key = CheckpointKey.Create();
        await ArchiveAsync(original, schema);
        var checkpoint = await original.TakeCheckpointAsync(key, "trial");
        var watch = Stopwatch.StartNew();
        var file = Path.Combine(folder, "log.dump");
        await PostgresProgram.RunAsync("pg_dump", schema.OwnerConnectionString, "--schema", schema.Schema, "--format", "custom", "--compress", "0", "--file", file);
        await PostgresProgram.RunAsync("pg_restore", cluster.OwnerConnectionString, "--exit-on-error", file);
        File.Delete(file);
        var took = watch.Elapsed;
        var problems = new List<string>();
        await using (var store = LogTrial.Store(Within(cluster.AppConnectionString, schema), Within(cluster.OwnerConnectionString, schema), schema.Schema, 10))
        {
            problems.AddRange(await ReadAsync(original, store));
            problems.AddRange(await WriteAsync(original, store));
            problems.AddRange(await VerifyAsync(store, key, checkpoint!));
        }

        say(string.Create(CultureInfo.InvariantCulture, $"dumped and restored into a new cluster in {took.TotalSeconds:0.0} s; there {(problems.Count == 0 ? "the log reads, goes on and verifies against its signed checkpoint" : string.Join("; ", problems))}"));
        return problems;
    }

    static async Task<IEnumerable<string>> ReadAsync(DocumentStore original, DocumentStore store)
    {
        var problems = new List<string>();
        if (await store.Log.HighWaterMarkAsync() is var mark && await original.Log.HighWaterMarkAsync() is var before && mark != before)
            problems.Add($"the mark was {before} and is {mark}");
        var reader = new LogReader(store, 5000);
        using var reading = new CancellationTokenSource();
        var following = reader.FollowAsync(reading.Token);
        await Eventually.TrueAsync(() => reader.Position >= mark || following.IsCompleted, Bound * 4, "reading the restored log");
        await reading.CancelAsync();
        await following;
        if (await reader.MissedAsync() is > 0 and var missed)
            problems.Add($"its reader missed {missed} events");
        if (reader.OutOfOrder > 0)
            problems.Add($"its reader was given {reader.OutOfOrder} events out of order");
        return problems;
    }

    /// <summary>The sequence goes on where it stood, and an append that is not committed holds readers back.</summary>
    static async Task<IEnumerable<string>> WriteAsync(DocumentStore original, DocumentStore store)
    {
        var problems = new List<string>();
        var end = await original.Log.HighWaterMarkAsync();
        var hang = new Hang();
        await using var session = store.LightweightSession();
        session.QueueOperation(hang);
        session.Events.Append(Guid.NewGuid(), new Written(0));
        var saving = session.SaveChangesAsync();
        await hang.ProcessId.WaitAsync(Bound);
        await using (var other = store.LightweightSession())
        {
            other.Events.Append(Guid.NewGuid(), new Written(1));
            await other.SaveChangesAsync();
        }

        if (await store.Log.HighWaterMarkAsync() is var held && held != end)
            problems.Add($"an open append should hold the mark at {end}, and it is {held}");
        hang.GoOn();
        await saving;
        var page = await store.Log.ReadAsync(end, 10);
        if (!page.Events.Select(e => e.Sequence).SequenceEqual([end + 1, end + 2]))
            problems.Add($"new events should have sequences {end + 1} and {end + 2}, and have {string.Join(", ", page.Events.Select(e => e.Sequence))}");
        return problems;
    }

    /// <summary>A stream of the archive, whose check calls a function of the schema, is dumped too.</summary>
    static async Task ArchiveAsync(DocumentStore original, PostgresSchema schema)
    {
        await using var command = original.DataSource.CreateCommand($"select id from {schema.Schema}.streams order by id limit 1");
        var stream = (Guid)(await command.ExecuteScalarAsync())!;
        await using var session = original.LightweightSession();
        session.Events.ArchiveStream(stream);
        await session.SaveChangesAsync();
    }

    /// <summary>The chain and the signature hold; a further checkpoint joins; and what only a checkpoint can show, it shows.</summary>
    static async Task<IEnumerable<string>> VerifyAsync(DocumentStore store, CheckpointKey key, Checkpoint checkpoint)
    {
        var problems = new List<string>();
        using var known = CheckpointKey.FromPem(key.ExportPublicPem());
        async Task HoldsAsync(int checkpoints)
        {
            var report = await store.VerifyAsync(new CheckpointTrust([known], checkpoint));
            if (report.FirstBroken is { } broken)
                problems.Add($"the chain is broken at version {broken.Version} of {broken.StreamId}: {broken.Detail}");
            if (report.Checkpoints is not { SignaturesChecked: true } vouching || vouching.Count != checkpoints)
                problems.Add($"{checkpoints} signed checkpoints should vouch for it, and {report.Checkpoints?.Count ?? 0} do");
        }

        await HoldsAsync(1);
        await store.TakeCheckpointAsync(key, "trial");
        await HoldsAsync(2);
        await CutOffAsync(store);
        if ((await store.VerifyAsync(new CheckpointTrust([known], checkpoint))).FirstBroken is not { Fault: ChainFault.CutOff })
            problems.Add("a tail that was cut off goes unnoticed");
        return problems;
    }

    /// <summary>As an owner who covers the traces: the last event of a stream goes, and its head follows.</summary>
    static async Task CutOffAsync(DocumentStore store)
    {
        await using var connection = new NpgsqlConnection(store.Options.OwnerConnectionString);
        await connection.OpenAsync();
        var schema = store.Options.DatabaseSchemaName;
        await using var command = new NpgsqlCommand($"""
            with chosen as (select id, version from {schema}.streams where version > 1 and archived is null and tenant_id = 'default' and aggregate_type is null order by id limit 1),
                 gone as (delete from {schema}.events e using chosen c where e.stream_id = c.id and e.version = c.version)
            update {schema}.streams s set version = s.version - 1,
                   head_hash = (select e.hash from {schema}.events e where e.stream_id = s.id and e.version = s.version - 1)
              from chosen c where s.id = c.id
            """, connection);
        if (await command.ExecuteNonQueryAsync() != 1)
            throw new InvalidOperationException("The restored log has no stream of two events whose tail could be cut off.");
    }

    static string Within(string connectionString, PostgresSchema schema) => new NpgsqlConnectionStringBuilder(connectionString) { SearchPath = schema.Schema }.ConnectionString;
}
