using OptiInfra.Testing;

namespace OptiInfra.EventStore.Tests;

/// <summary>Events that a projection fails on or that the program does not know: set aside with the rest of their stream.</summary>
public abstract class SkippingCompliance : StoreCompliance
{
    readonly FragileProjection fragile = new();

    protected override void Configure(StoreOptions options)
    {
        options.Projections
            .Add(fragile, ProjectionLifecycle.Async)
            .Add(new MonsterTallyProjection(), ProjectionLifecycle.Async)
            .Add(new JournalProjection(), ProjectionLifecycle.Async);
        options.Projections.MaxSkipsInARow = 3;
    }

    async Task<IProjectionDaemon> StartDaemonAsync(IDocumentStore? store = null)
    {
        var daemon = (store ?? Store).BuildProjectionDaemon();
        await daemon.StartAllAsync();
        return daemon;
    }

    async Task<Hoard?> HoardAsync(Guid id)
    {
        await using var session = Store.QuerySession();
        return await session.LoadAsync<Hoard>(id);
    }

    async Task<ProjectionStatus> StatusAsync(string name) => (await Store.AllProjectionProgressAsync()).Single(s => s.Name == name);

    async Task<Guid> SlayAsync(params string[] monsters)
    {
        var id = Guid.NewGuid();
        await AppendAsync(id, [.. monsters.Select(m => new MonsterSlain(m, 1))]);
        return id;
    }

    [Fact]
    public async Task an_event_that_fails_sets_its_stream_aside_and_nothing_else()
    {
        var bad = await SlayAsync("orc", "balrog", "troll");
        var good = await SlayAsync("troll");
        await using var daemon = await StartDaemonAsync();
        await daemon.WaitForNonStaleProjectionDataAsync(Bound);

        Assert.Equal((1, 1), ((await HoardAsync(bad))!.Monsters, (await HoardAsync(good))!.Monsters));
        var skipped = Assert.Single(await Store.SkippedEventsAsync());
        Assert.Equal(
            ("Hoard", 1, SkipKind.Failed, bad, 2, 2, "monster_slain", "You cannot pass!", 3, 2),
            (skipped.Projection, skipped.Version, skipped.Kind, skipped.StreamId, skipped.Sequence, skipped.StreamVersion, skipped.EventTypeName, skipped.Error, skipped.Attempts, skipped.Waiting));
        Assert.Equal((1, 0), ((await StatusAsync("Hoard")).Skipped, (await StatusAsync("MonsterTally")).Skipped));

        // what comes for the stream later waits behind it
        await AppendAsync(bad, new MonsterSlain("orc", 1));
        await AppendAsync(good, new MonsterSlain("orc", 1));
        await daemon.WaitForNonStaleProjectionDataAsync(Bound);
        Assert.Equal((1, 2), ((await HoardAsync(bad))!.Monsters, (await HoardAsync(good))!.Monsters));
        Assert.Equal(3, (await Store.SkippedEventsAsync("Hoard"))[0].Waiting);
    }

    [Fact]
    public async Task a_retry_applies_what_has_waited_in_order()
    {
        var bad = await SlayAsync("orc", "balrog", "troll");
        await using var daemon = await StartDaemonAsync();
        await daemon.WaitForNonStaleProjectionDataAsync(Bound);
        var still = Assert.Single(await daemon.RetrySkippedAsync("Hoard").WaitAsync(Bound));
        Assert.Equal((4, 1), (still.Attempts, (await HoardAsync(bad))!.Monsters));

        fragile.Taught = true;
        Assert.Empty(await daemon.RetrySkippedAsync($"{still.Id}").WaitAsync(Bound));
        Assert.Equal((3, 3), ((await HoardAsync(bad))!.Monsters, (await HoardAsync(bad))!.Gold));
        Assert.Empty(await Store.SkippedEventsAsync());
        await AppendAsync(bad, new MonsterSlain("orc", 1));
        await daemon.WaitForNonStaleProjectionDataAsync(Bound);
        Assert.Equal(4, (await HoardAsync(bad))!.Monsters);
    }

    [Fact]
    public async Task a_retry_comes_as_far_as_it_can()
    {
        var bad = await SlayAsync("balrog", "orc", "balrog", "troll");
        await using var daemon = await StartDaemonAsync();
        await daemon.WaitForNonStaleProjectionDataAsync(Bound);
        await Tested.ExecuteAsOwnerAsync("update ${schema}.events set data = '{\"monster\":\"mouse\",\"gold\":1}' where version = 1");
        var still = Assert.Single(await daemon.RetrySkippedAsync("Hoard").WaitAsync(Bound));
        Assert.Equal((3, "You cannot pass!", 2), (still.StreamVersion, still.Error, (await HoardAsync(bad))!.Monsters));
    }

    [Fact]
    public async Task a_new_leader_tries_again()
    {
        var bad = await SlayAsync("balrog");
        await using (var daemon = await StartDaemonAsync())
            await daemon.WaitForNonStaleProjectionDataAsync(Bound);
        fragile.Taught = true;
        await using var next = await StartDaemonAsync();
        await Eventually.TrueAsync(async () => await HoardAsync(bad) is { Monsters: 1 }, Bound, "the hoard");
    }

    [Fact]
    public async Task what_a_database_refuses_is_found_and_set_aside()
    {
        await Tested.ExecuteAsOwnerAsync("alter table ${schema}.journal add check (seq_id <> 4)");
        await SlayAsync("orc", "orc");
        var bad = await SlayAsync("orc", "orc", "orc");
        await SlayAsync("orc", "orc");
        await using var daemon = await StartDaemonAsync();
        await daemon.WaitForNonStaleProjectionDataAsync(Bound);
        Assert.Equal((bad, 4), ((await Store.SkippedEventsAsync("Journal"))[0].StreamId, (await Store.SkippedEventsAsync("Journal"))[0].Sequence));
        Assert.Equal(5L, await Tested.ExecuteAsApplicationAsync("select count(*) from ${schema}.journal"));
    }

    [Fact]
    public async Task data_that_does_not_fit_its_type_is_set_aside()
    {
        var bad = await SlayAsync("orc", "orc");
        await Tested.ExecuteAsOwnerAsync("update ${schema}.events set data = '{\"gold\":\"many\"}' where version = 2");
        await using var daemon = await StartDaemonAsync();
        await daemon.WaitForNonStaleProjectionDataAsync(Bound);
        Assert.Equal(["Hoard", "MonsterTally"], (await Store.SkippedEventsAsync()).Where(s => s.StreamId == bad && s.Sequence == 2).Select(s => s.Projection));
    }

    [Fact]
    public async Task too_many_in_a_row_pause_the_projection_loudly_until_it_is_retried()
    {
        fragile.Broken = true;
        List<Guid> ids = [];
        for (var i = 0; i < 8; i++)
            ids.Add(await SlayAsync("orc"));
        await using var daemon = await StartDaemonAsync();
        await Eventually.TrueAsync(() => daemon.CurrentShards().Any(s => s.Error is not null), Bound, "a pause");
        var shard = daemon.CurrentShards().Single(s => s.Name == "Hoard");
        Assert.Equal((3, true), (shard.Sequence, shard.Error!.Contains("You cannot pass!", StringComparison.Ordinal)));
        await Eventually.TrueAsync(async () => (await StatusAsync("Hoard")).Error is not null, Bound, "a word in the database");
        Assert.Equal(3, (await StatusAsync("Hoard")).Skipped);
        await Eventually.TrueAsync(async () => (await StatusAsync("Journal")).Position == 8, Bound, "the other projections");
        var late = await Assert.ThrowsAsync<TimeoutException>(() => daemon.WaitForNonStaleProjectionDataAsync(TimeSpan.FromMilliseconds(200)));
        Assert.Contains("You cannot pass!", late.Message, StringComparison.Ordinal);

        // another process with the same fault does not pass more of them by
        await daemon.StopAllAsync();
        await daemon.StartAllAsync();
        await Eventually.TrueAsync(() => daemon.CurrentShards().Any(s => s.Error is not null), Bound, "a pause");
        Assert.Equal(3, (await StatusAsync("Hoard")).Skipped);

        fragile.Broken = false;
        Assert.Empty(await daemon.RetrySkippedAsync("Hoard").WaitAsync(Bound));
        await daemon.WaitForNonStaleProjectionDataAsync(Bound);
        foreach (var id in ids)
            Assert.Equal(1, (await HoardAsync(id))!.Monsters);
        Assert.Null((await StatusAsync("Hoard")).Error);
    }

    [Fact]
    public async Task failures_between_successes_do_not_pause()
    {
        for (var i = 0; i < 5; i++)
        {
            await SlayAsync("balrog");
            await SlayAsync("orc");
        }
        await using var daemon = await StartDaemonAsync();
        await daemon.WaitForNonStaleProjectionDataAsync(Bound);
        Assert.Equal(5, (await StatusAsync("Hoard")).Skipped);
    }

    [Fact]
    public async Task a_rebuild_that_fails_too_often_says_so_and_leaves_what_is_read()
    {
        var id = await SlayAsync("orc");
        for (var i = 0; i < 4; i++)
            await SlayAsync("orc");
        await using var daemon = await StartDaemonAsync();
        await daemon.WaitForNonStaleProjectionDataAsync(Bound);
        fragile.Broken = true;
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => daemon.RebuildProjectionAsync("Hoard").WaitAsync(Bound));
        Assert.Contains("You cannot pass!", failure.Message, StringComparison.Ordinal);
        Assert.NotNull(await HoardAsync(id));

        fragile.Broken = false;
        await daemon.RebuildProjectionAsync("Hoard").WaitAsync(Bound);
        Assert.Empty(await Store.SkippedEventsAsync());
        Assert.Null((await StatusAsync("Hoard")).Error);
    }

    [Fact]
    public async Task a_rebuild_sets_aside_and_recovers_like_the_daemon()
    {
        var bad = await SlayAsync("orc", "balrog", "troll");
        await using var daemon = await StartDaemonAsync();
        await daemon.RebuildProjectionAsync("Hoard").WaitAsync(Bound);
        Assert.Equal((bad, false), (Assert.Single(await Store.SkippedEventsAsync("Hoard")).StreamId, (await Store.SkippedEventsAsync("Hoard"))[0].Rebuilding));
        fragile.Taught = true;
        await daemon.RebuildProjectionAsync("Hoard").WaitAsync(Bound);
        Assert.Empty(await Store.SkippedEventsAsync());
        Assert.Equal(3, (await HoardAsync(bad))!.Monsters);
    }

    [Fact]
    public async Task an_event_that_fails_late_in_a_rebuild_loses_nothing_of_the_pages_before_it()
    {
        const int streams = 6;
        const int turns = 15;
        const int atOnce = 100;
        var ids = Enumerable.Range(0, streams).Select(_ => Guid.NewGuid()).ToArray();
        for (var turn = 0; turn < turns; turn++)
            foreach (var id in ids)
                await AppendAsync(id, [.. Enumerable.Range(0, atOnce).Select(i => new MonsterSlain(id == ids[3] && turn == turns - 2 && i == 7 ? "balrog" : "orc", 1))]);
        await using var daemon = await StartDaemonAsync();
        await daemon.RebuildProjectionAsync("Hoard").WaitAsync(Bound);

        Assert.Equal(ids[3], Assert.Single(await Store.SkippedEventsAsync("Hoard")).StreamId);
        foreach (var id in ids)
            Assert.Equal(id == ids[3] ? (turns - 2) * atOnce + 7 : turns * atOnce, (await HoardAsync(id))!.Monsters);
        fragile.Taught = true;
        await daemon.RebuildProjectionAsync("Hoard").WaitAsync(Bound);
        Assert.Equal(turns * atOnce, (await HoardAsync(ids[3]))!.Gold);
    }

    [Fact]
    public async Task an_unknown_event_sets_its_stream_aside_until_a_program_knows_it()
    {
        var newer = Tested.Another(o =>
        {
            o.Events.MapEventType<SpotTaken>("spot_taken");
            Configure(o);
        });
        var id = Guid.NewGuid();
        await using (var session = newer.LightweightSession())
        {
            session.Events.Append(id, new SpotTaken("Bilbo", "Baggins", "Mr"), new MonsterSlain("orc", 1));
            await session.SaveChangesAsync();
        }
        var other = await SlayAsync("orc");
        await using (var daemon = await StartDaemonAsync())
            await daemon.WaitForNonStaleProjectionDataAsync(Bound);
        Assert.Equal((null, 1), (await HoardAsync(id), (await HoardAsync(other))!.Monsters));
        Assert.All(await Store.SkippedEventsAsync(), s => Assert.Equal((SkipKind.Unknown, "spot_taken"), (s.Kind, s.EventTypeName)));
        // the journal takes what it does not know
        Assert.Equal(["Hoard", "MonsterTally"], (await Store.SkippedEventsAsync()).Select(s => s.Projection));

        await using var knowing = await StartDaemonAsync(newer);
        await Eventually.TrueAsync(async () => (await Store.SkippedEventsAsync()).Count == 0, Bound, "the newer program's recovery");
        Assert.Equal(1, (await HoardAsync(id))!.Monsters);
    }

    [Fact]
    public async Task an_inline_projection_that_met_a_poisoned_stream_leaves_it_alone_until_it_is_retried()
    {
        var bad = await SlayAsync("orc", "balrog");
        var inline = new FragileProjection();
        var store = Tested.Another(o => o.Projections.Add(inline, ProjectionLifecycle.Inline));
        await store.ApplyAllConfiguredChangesToDatabaseAsync();
        await using var daemon = await StartDaemonAsync(store);
        await daemon.WaitForNonStaleProjectionDataAsync(Bound);
        Assert.Equal(bad, Assert.Single(await store.SkippedEventsAsync("Hoard")).StreamId);

        await using (var session = store.LightweightSession())
        {
            session.Events.Append(bad, new MonsterSlain("orc", 1));
            await session.SaveChangesAsync();
        }
        Assert.Equal(1, (await HoardAsync(bad))!.Monsters);
        inline.Taught = true;
        Assert.Empty(await daemon.RetrySkippedAsync("Hoard").WaitAsync(Bound));
        Assert.Equal(3, (await HoardAsync(bad))!.Monsters);
    }

    [Fact]
    public async Task what_is_not_there_cannot_be_retried()
    {
        await using var daemon = Store.BuildProjectionDaemon();
        await Assert.ThrowsAsync<ArgumentException>(() => daemon.RetrySkippedAsync("Nothing"));
        await Assert.ThrowsAsync<ArgumentException>(() => daemon.RetrySkippedAsync("12345"));
    }
}
