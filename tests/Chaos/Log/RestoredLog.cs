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
            if (await store.VerifyAsync() is { FirstBroken: { } broken })
                problems.Add($"the chain is broken at version {broken.Version} of {broken.StreamId}: {broken.Detail}");
        }

        say(string.Create(CultureInfo.InvariantCulture, $"dumped and restored into a new cluster in {took.TotalSeconds:0.0} s; there {(problems.Count == 0 ? "the log reads, goes on and verifies" : string.Join("; ", problems))}"));
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

    static string Within(string connectionString, PostgresSchema schema) => new NpgsqlConnectionStringBuilder(connectionString) { SearchPath = schema.Schema }.ConnectionString;
}
