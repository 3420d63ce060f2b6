using OptiInfra.Testing;

namespace OptiInfra.EventStore.Tests;

public abstract class AsyncProjectionCompliance : StoreCompliance
{
    readonly FragileProjection fragile = new();

    protected override void Configure(StoreOptions options) => options.Projections
        .Add(new MonsterTallyProjection(), ProjectionLifecycle.Async)
        .Add(new QuestSummaryProjection(), ProjectionLifecycle.Async)
        .Add(new JournalProjection(), ProjectionLifecycle.Async)
        .Add(fragile, ProjectionLifecycle.Async);

    Task CreateJournalAsync() => Tested.ExecuteAsOwnerAsync("create table ${schema}.journal (seq_id bigint primary key); grant all on ${schema}.journal to optiinfra_app");

    async Task<IProjectionDaemon> StartDaemonAsync(IDocumentStore? store = null)
    {
        if (store is null)
            await CreateJournalAsync();
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

    [Fact]
    public async Task an_event_that_fails_stops_its_shard_in_front_of_it_and_no_other()
    {
        var id = await StartAsync(new MonsterSlain("orc", 1), new MonsterSlain("balrog", 1), new MonsterSlain("troll", 1));
        await using var daemon = await StartDaemonAsync();
        await Eventually.TrueAsync(() => Shard(daemon).Error is not null, Bound, "a pause");

        Assert.Contains("You cannot pass!", Shard(daemon).Error, StringComparison.Ordinal);
        Assert.Contains(id.ToString(), Shard(daemon).Error, StringComparison.Ordinal);
        Assert.Equal(2, Shard(daemon).Sequence);
        Assert.NotNull(await LoadAsync<Treasure>("orc"));
        Assert.Null(await LoadAsync<Treasure>("troll"));
        await Eventually.TrueAsync(async () => await JournalAsync() == 4, Bound, "the other shard");
        var late = await Assert.ThrowsAsync<TimeoutException>(() => daemon.WaitForNonStaleProjectionDataAsync(TimeSpan.FromMilliseconds(200)));
        Assert.Contains("You cannot pass!", late.Message, StringComparison.Ordinal);

        fragile.Taught = true;
        await daemon.StopAllAsync();
        await daemon.StartAllAsync();
        await daemon.WaitForNonStaleProjectionDataAsync(Bound);
        Assert.NotNull(await LoadAsync<Treasure>("troll"));
        Assert.Null(Shard(daemon).Error);

        static ShardState Shard(IProjectionDaemon daemon) => daemon.CurrentShards().Single(s => s.Name == nameof(Treasure));
    }

    [Fact]
    public async Task a_paused_shard_goes_on_after_a_rebuild()
    {
        await StartAsync(new MonsterSlain("balrog", 1));
        await using var daemon = await StartDaemonAsync();
        await Eventually.TrueAsync(() => daemon.CurrentShards().Any(s => s.Error is not null), Bound, "a pause");
        fragile.Taught = true;
        await daemon.RebuildProjectionAsync(nameof(Treasure)).WaitAsync(Bound);
        Assert.NotNull(await LoadAsync<Treasure>("balrog"));
    }

    [Fact]
    public async Task a_rebuild_that_meets_a_failing_event_says_so()
    {
        await StartAsync(new MonsterSlain("orc", 1), new MonsterSlain("balrog", 1));
        await CreateJournalAsync();
        await using var daemon = Store.BuildProjectionDaemon();
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => daemon.RebuildProjectionAsync(nameof(Treasure)).WaitAsync(Bound));
        Assert.Contains("You cannot pass!", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task a_rebuild_under_load_loses_and_doubles_nothing(bool running)
    {
        await CreateJournalAsync();
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

    [Fact]
    public async Task a_new_version_of_a_projection_is_built_anew()
    {
        var id = await StartAsync(new MemberJoined("Frodo"));
        await using (var daemon = await StartDaemonAsync())
            await daemon.WaitForNonStaleProjectionDataAsync(Bound);
        await using (var session = Store.LightweightSession())
        {
            session.Store(new QuestSummary(Guid.NewGuid(), "of the old version", 0, 0, 0));
            await session.SaveChangesAsync();
        }
        var next = Tested.Another(o => o.Projections.Add(new QuestSummaryProjection(2), ProjectionLifecycle.Async));
        await using var nextDaemon = await StartDaemonAsync(next);
        await nextDaemon.WaitForNonStaleProjectionDataAsync(Bound);
        await using var query = Store.QuerySession();
        Assert.Equal([id], (await query.QueryAsync<QuestSummary>("")).Select(s => s.Id));
    }

    [Fact]
    public async Task events_of_unknown_types_are_passed_by()
    {
        var newer = Tested.Another(o => o.Events.MapEventType<SpotTaken>("spot_taken"));
        await using (var session = newer.LightweightSession())
        {
            session.Events.Append(Guid.NewGuid(), new SpotTaken("Bilbo", "Baggins", "Mr"), new MonsterSlain("orc", 1));
            await session.SaveChangesAsync();
        }
        await using var daemon = await StartDaemonAsync();
        await daemon.WaitForNonStaleProjectionDataAsync(Bound);
        Assert.Equal(1, (await LoadAsync<MonsterTally>("orc"))!.Slain);
    }
}
