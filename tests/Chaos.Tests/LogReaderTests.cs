using Npgsql;
using OptiInfra.Chaos.Log;
using OptiInfra.Testing;

namespace OptiInfra.Chaos.Tests;

public sealed class LogReaderTests
{
    const long Events = 100_000;
    static readonly TimeSpan Within = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task GivenWritersThatDoTheirWorst_WhenTheLogIsFollowedAndThenRestoredElsewhere_ThenNoEventIsMissedOrOutOfOrder()
    {
        var options = new LogTrialOptions(Events, Connections: 32, Seed: Environment.ProcessId, Within);
        var result = await LogTrial.RunAsync(options, Path.Combine(ProjectRoot.Path, ".run", "chaos-restored"), Console.WriteLine);
        Console.WriteLine(result.Line);
        Assert.True(result.IsClean, string.Join('\n', [$"seed {options.Seed}", result.Line, .. result.Restored]));
        Assert.True(result.Events > 0);
    }

    [Fact]
    public async Task GivenAppendsThatHoldNoFloor_WhenTheLogIsFollowed_ThenTheTrialCountsWhatWasMissed()
    {
        var options = new LogTrialOptions(10_000, Connections: 16, Seed: 1, Within);
        var result = await LogTrial.RunAsync(options, restoredFolder: null, Console.WriteLine, WithoutFloorAsync);
        Assert.True(result.Missed > 0, result.Line);
        Assert.False(result.IsClean);
    }

    /// <summary>The functions that append, without the lock by which they hold readers back.</summary>
    static async Task WithoutFloorAsync(PostgresSchema schema)
    {
        await using var connection = new NpgsqlConnection(schema.OwnerConnectionString);
        await connection.OpenAsync();
        await using var replace = new NpgsqlCommand(
            """
            do $$
            declare f text;
            begin
                for f in select replace(pg_get_functiondef(p.oid), 'pg_advisory_xact_lock_shared(', 'abs(') from pg_proc p
                          where p.pronamespace = current_schema()::regnamespace and p.prosrc like '%pg_advisory_xact_lock_shared(%' loop
                    execute f;
                end loop;
            end $$
            """, connection);
        await replace.ExecuteNonQueryAsync();
    }

    [Fact]
    public async Task GivenAReaderThatBeginsTooLate_WhenItsAccountIsTaken_ThenWhatItMissedAndWhatCameOutOfOrderAreCounted()
    {
        await using var schema = await PostgresSchema.CreateAsync("log");
        await using var store = LogTrial.Store(schema.AppConnectionString, schema.OwnerConnectionString, schema.Schema, 5);
        await store.ApplyAllConfiguredChangesToDatabaseAsync();
        await using var session = store.LightweightSession();
        session.Events.Append(Guid.NewGuid(), new Written(1), new Written(2), new Written(3));
        session.Events.Append(Guid.NewGuid(), new Written(4));
        await session.SaveChangesAsync();

        var reader = new LogReader(store, 100, from: 2);
        using var reading = new CancellationTokenSource();
        var following = reader.FollowAsync(reading.Token);
        await Eventually.TrueAsync(() => reader.Position == 4, Within, "the end of the log");
        await reading.CancelAsync();
        await following;

        // of the first stream it has the last event alone
        Assert.Equal(1, reader.OutOfOrder);
        Assert.Equal(2, reader.Read);
        await using var more = store.LightweightSession();
        more.Events.Append(Guid.NewGuid(), new Written(5), new Written(6));
        await more.SaveChangesAsync();
        Assert.Equal(4, await reader.MissedAsync());
    }
}
