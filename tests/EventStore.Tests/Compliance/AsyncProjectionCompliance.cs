using System.Diagnostics;
using OptiInfra.Testing;

namespace OptiInfra.EventStore.Tests;

public abstract class AsyncProjectionCompliance : StoreCompliance
{
    protected override void Configure(StoreOptions options) => options.Projections
        .Add(new MonsterTallyProjection(), ProjectionLifecycle.Async)
        .Add(new QuestSummaryProjection(), ProjectionLifecycle.Async)
        .Add(new JournalProjection(), ProjectionLifecycle.Async);

    async Task<IProjectionDaemon> StartDaemonAsync(IDocumentStore? store = null)
    {
        var daemon = (store ?? Store).BuildProjectionDaemon();
        await daemon.StartAllAsync();
        return daemon;
    }

    async Task<T?> LoadAsync<T>(string id) where T : class
    {
        await using var session = Store.QuerySession();
        return await session.LoadAsync<T>(id);
    }

    async Task<long> JournalAsync() => (long)(await Tested.ExecuteAsApplicationAsync("select count(*) from ${schema}.journal"))!;

    [Fact]
    public async Task the_daemon_applies_what_was_there_and_what_comes()
    {
        var id = await StartAsync(new MonsterSlain("orc", 1), new MemberJoined("Frodo"));
        await using var daemon = await StartDaemonAsync();
        await daemon.WaitForNonStaleProjectionDataAsync(Bound);
        Assert.Equal(1, (await LoadAsync<MonsterTally>("orc"))!.Slain);

        await AppendAsync(id, new MonsterSlain("orc", 1));
        await daemon.WaitForNonStaleProjectionDataAsync(Bound);
        Assert.Equal(2, (await LoadAsync<MonsterTally>("orc"))!.Slain);
        Assert.Equal(new QuestSummary(id, "Ring", 1, 3, 3), await LoadAsync<QuestSummary>(id.ToString()));
        Assert.Equal(4, await JournalAsync());
    }

    [Fact]
    public async Task a_restarted_daemon_goes_on_at_the_checkpoint()
    {
        var id = await StartAsync(new MonsterSlain("orc", 1));
        await using (var first = await StartDaemonAsync())
            await first.WaitForNonStaleProjectionDataAsync(Bound);
        await AppendAsync(id, new MonsterSlain("orc", 1));
        // what is applied twice would be counted twice
        await using var second = await StartDaemonAsync(Store);
        await second.WaitForNonStaleProjectionDataAsync(Bound);
        Assert.Equal((2, 3), ((await LoadAsync<MonsterTally>("orc"))!.Slain, await JournalAsync()));
    }

    [Fact]
    public async Task where_events_change_nothing_the_position_follows_without_a_transaction_for_each()
    {
        await Tested.ExecuteAsOwnerAsync("""
            create table ${schema}.moves (name text not null);
            grant select on ${schema}.moves to public;
            create function ${schema}.note_move() returns trigger language plpgsql security definer as
                'begin insert into ${schema}.moves values (new.name); return null; end';
            create trigger moves after insert or update on ${schema}.event_progression for each row execute function ${schema}.note_move();
            """);
        var id = await StartAsync(new MonsterSlain("orc", 1));
        await using var daemon = await StartDaemonAsync();
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < 30; i++)
        {
            await AppendAsync(id, new MemberJoined($"{i}"));
            await daemon.WaitForNonStaleProjectionDataAsync(Bound);
        }
        await AppendAsync(id, new MonsterSlain("orc", 1));
        await Eventually.TrueAsync(async () => (await Store.AllProjectionProgressAsync()).All(p => p.Position == 33), Bound, "all positions at the end");

        Assert.Equal((2, 33), ((await LoadAsync<MonsterTally>("orc"))!.Slain, await JournalAsync()));
        var moves = (long)(await Tested.ExecuteAsApplicationAsync("select count(*) from ${schema}.moves where name = 'projection:MonsterTally:v1'"))!;
        // two for what it takes, and one whenever its leader looks whether something is asked of it
        Assert.InRange(moves, 2, 4 + watch.ElapsedMilliseconds / 1000);
    }

    [Fact]
    public async Task of_two_daemons_one_leads_and_the_other_takes_over()
    {
        var first = await StartDaemonAsync();
        await Eventually.TrueAsync(() => first.CurrentShards().All(s => s.IsLeader), Bound, "leadership of the first");
        var other = Tested.Another(Configure);
        await using var second = await StartDaemonAsync(other);
        await StartAsync(new MonsterSlain("orc", 1));
        await second.WaitForNonStaleProjectionDataAsync(Bound);
        Assert.All(second.CurrentShards(), s => Assert.False(s.IsLeader));

        await first.DisposeAsync();
        await StartAsync(new MonsterSlain("orc", 1));
        await second.WaitForNonStaleProjectionDataAsync(Bound);
        Assert.All(second.CurrentShards(), s => Assert.True(s.IsLeader));
        Assert.Equal(2, (await LoadAsync<MonsterTally>("orc"))!.Slain);
    }

    [Fact]
    public async Task the_daemon_survives_the_loss_of_its_connections_and_applies_everything_once()
    {
        await using var daemon = await StartDaemonAsync();
        var appended = 0;
        for (var i = 0; i < 60; i++)
        {
            if (i % 20 == 10)
                await Tested.BreakConnectionsAsync();
            if (await Record.ExceptionAsync(() => StartAsync(new MonsterSlain("orc", 1))) is null)
                appended++;
        }
        Assert.True(appended > 40);
        await daemon.WaitForNonStaleProjectionDataAsync(Bound);
        // an append whose answer was lost may have been committed
        var stored = (long)(await Tested.ExecuteAsApplicationAsync("select count(*) from ${schema}.events where type = 'monster_slain'"))!;
        Assert.Equal(stored, (await LoadAsync<MonsterTally>("orc"))!.Slain);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task a_rebuild_under_load_loses_and_doubles_nothing(bool running)
    {
        await using var daemon = Store.BuildProjectionDaemon();
        if (running)
            await daemon.StartAllAsync();
        using var stop = new CancellationTokenSource();
        var appended = 0;
        var appending = Task.WhenAll(Enumerable.Range(0, 3).Select(async _ =>
        {
            while (!stop.IsCancellationRequested)
            {
                await StartAsync(new MonsterSlain("orc", 1));
                Interlocked.Increment(ref appended);
            }
        }));
        List<RebuildProgress> told = [];
        for (var i = 0; i < 3; i++)
        {
            await Task.Delay(100);
            await daemon.RebuildProjectionAsync("MonsterTally", new Inline<RebuildProgress>(told.Add)).WaitAsync(Bound);
            await daemon.RebuildProjectionAsync("Journal").WaitAsync(Bound);
        }
        await stop.CancelAsync();
        await appending;
        await daemon.StartAllAsync();
        await daemon.WaitForNonStaleProjectionDataAsync(Bound);
        Assert.Equal((appended, 2L * appended), ((await LoadAsync<MonsterTally>("orc"))!.Slain, await JournalAsync()));
        Assert.True(told[^1].Sequence >= told[^1].Ceiling);
    }

    [Fact]
    public async Task a_rebuild_takes_away_what_should_not_be_there()
    {
        await StartAsync(new MonsterSlain("orc", 1));
        await using var daemon = await StartDaemonAsync();
        await daemon.WaitForNonStaleProjectionDataAsync(Bound);
        await using (var session = Store.LightweightSession())
        {
            session.Store(new MonsterTally { Id = "dragon", Slain = 5 });
            await session.SaveChangesAsync();
        }
        await daemon.RebuildProjectionAsync("MonsterTally");
        Assert.Null(await LoadAsync<MonsterTally>("dragon"));
        Assert.Equal(1, (await LoadAsync<MonsterTally>("orc"))!.Slain);
    }

    [Fact]
    public async Task an_unknown_projection_cannot_be_rebuilt()
    {
        var refusal = await Assert.ThrowsAsync<ArgumentException>(() => Store.BuildProjectionDaemon().RebuildProjectionAsync("Nothing"));
        Assert.Contains("MonsterTally", refusal.Message, StringComparison.Ordinal);
    }
}
