using OptiInfra.Testing;

namespace OptiInfra.EventStore.Tests;

/// <summary>Versions side by side, and rebuilds beside what is read.</summary>
public abstract class RebuildCompliance : StoreCompliance
{
    protected override void Configure(StoreOptions options)
    {
        options.Schema.For<MonsterTally>().Index("(data->>'slain')");
        options.Projections.Add(new HeldTallyProjection(1), ProjectionLifecycle.Async);
    }

    /// <summary>Another program, with its version of the tally, which has applied its schema.</summary>
    async Task<IDocumentStore> ProgramAsync(HeldTallyProjection tally, TimeSpan? keep = null)
    {
        var store = Tested.Another(o =>
        {
            o.Schema.For<MonsterTally>().Index("(data->>'slain')");
            o.Projections.Add(tally, ProjectionLifecycle.Async).KeepReplacedFor = keep ?? TimeSpan.FromHours(1);
        });
        await store.ApplyAllConfiguredChangesToDatabaseAsync();
        return store;
    }

    static async Task<IProjectionDaemon> StartAsync(IDocumentStore store)
    {
        var daemon = store.BuildProjectionDaemon();
        await daemon.StartAllAsync();
        return daemon;
    }

    static async Task<int> SlainAsync(IDocumentStore store)
    {
        await using var session = store.QuerySession();
        return (await session.LoadAsync<MonsterTally>("orc"))?.Slain ?? 0;
    }

    Task SlayAsync(int count) => SlayAsync(Store, count);

    static async Task SlayAsync(IDocumentStore store, int count)
    {
        for (var done = 0; done < count; done += 500)
        {
            await using var session = store.LightweightSession();
            session.Events.Append(Guid.NewGuid(), [.. Enumerable.Range(0, Math.Min(500, count - done)).Select(_ => new MonsterSlain("orc", 1))]);
            await session.SaveChangesAsync();
        }
    }

    static async Task<ProjectionStatus> StatusAsync(IDocumentStore store, int version)
        => (await store.AllProjectionProgressAsync()).Single(s => s.Version == version);

    [Fact]
    public async Task a_new_version_is_built_beside_the_old_one_and_read_once_it_is_ready()
    {
        await SlayAsync(3);
        await using var oldDaemon = await StartAsync(Store);
        await oldDaemon.WaitForNonStaleProjectionDataAsync(Bound);
        var tally = new HeldTallyProjection(2) { HoldBehind = 0 };
        var next = await ProgramAsync(tally);
        await using var daemon = await StartAsync(next);
        await tally.Reached.WaitAsync(Bound);

        Assert.Equal(ProjectionState.Building, (await StatusAsync(next, 2)).State);
        await SlayAsync(2);
        await oldDaemon.WaitForNonStaleProjectionDataAsync(Bound);
        Assert.Equal((5, 5), (await SlainAsync(Store), await SlainAsync(next)));

        tally.Release();
        await daemon.WaitForNonStaleProjectionDataAsync(Bound);
        Assert.Equal((5, 10), (await SlainAsync(Store), await SlainAsync(next)));
        await SlayAsync(1);
        await oldDaemon.WaitForNonStaleProjectionDataAsync(Bound);
        await daemon.WaitForNonStaleProjectionDataAsync(Bound);
        // each program goes on with tables of its own
        Assert.Equal((6, 12), (await SlainAsync(Store), await SlainAsync(next)));
    }

    [Fact]
    public async Task the_tables_of_a_replaced_version_go_when_nobody_follows_it_any_more()
    {
        await SlayAsync(3);
        await using (var old = await StartAsync(Store))
            await old.WaitForNonStaleProjectionDataAsync(Bound);
        await using var daemon = await StartAsync(await ProgramAsync(new HeldTallyProjection(2), keep: TimeSpan.Zero));
        await daemon.WaitForNonStaleProjectionDataAsync(Bound);
        await Eventually.TrueAsync(async () => await Tested.ExecuteAsApplicationAsync("select to_regclass('${schema}.doc_monster_tally')::text") is DBNull, Bound, "the end of the old table");
        Assert.Equal([2], (await Store.AllProjectionProgressAsync()).Select(s => s.Version));
    }

    [Fact]
    public async Task an_older_program_that_comes_back_builds_its_version_again()
    {
        await SlayAsync(3);
        await using (var daemon = await StartAsync(await ProgramAsync(new HeldTallyProjection(2))))
            await daemon.WaitForNonStaleProjectionDataAsync(Bound);
        await using var back = await StartAsync(Store);
        await back.WaitForNonStaleProjectionDataAsync(Bound);
        Assert.Equal(3, await SlainAsync(Store));
    }

    [Fact]
    public async Task a_rebuild_goes_on_where_its_leader_died_and_the_dead_cannot_write_any_more()
    {
        await SlayAsync(20_000);
        var stopped = new HeldTallyProjection(2) { HoldBehind = 5000 };
        var first = await ProgramAsync(stopped);
        var firstDaemon = await StartAsync(first);
        await stopped.Reached.WaitAsync(Bound);

        await Tested.BreakConnectionsAsync();
        var successor = new HeldTallyProjection(2);
        var second = await ProgramAsync(successor);
        await using var daemon = await StartAsync(second);
        await daemon.WaitForNonStaleProjectionDataAsync(Bound);
        Assert.Equal(40_000, await SlainAsync(second));
        Assert.True(successor.Given[0] > 1, "it began at the beginning");

        stopped.Release();
        await SlayAsync(second, 5);
        await daemon.WaitForNonStaleProjectionDataAsync(Bound);
        Assert.Equal(40_010, await SlainAsync(second));
        await firstDaemon.DisposeAsync();
        Assert.Equal(40_010, await SlainAsync(second));
    }

    [Fact]
    public async Task a_leader_that_was_stopped_in_the_midst_of_a_page_cannot_write_for_tables_that_were_rebuilt()
    {
        var stopped = new HeldTallyProjection(1) { HoldBehind = 0 };
        var first = await ProgramAsync(stopped);
        var firstDaemon = await StartAsync(first);
        await Eventually.TrueAsync(() => firstDaemon.CurrentShards()[0].IsLeader, Bound, "leadership");
        await SlayAsync(1);
        await stopped.Reached.WaitAsync(Bound);
        await Tested.BreakConnectionsAsync();
        var second = await ProgramAsync(new HeldTallyProjection(1));
        await using var daemon = await StartAsync(second);
        await daemon.RebuildProjectionAsync(nameof(MonsterTally)).WaitAsync(Bound);
        stopped.Release();
        await SlayAsync(second, 1);
        await daemon.WaitForNonStaleProjectionDataAsync(Bound);
        await firstDaemon.DisposeAsync();
        Assert.Equal(2, await SlainAsync(second));
    }

    [Fact]
    public async Task a_rebuild_tells_how_far_it_is()
    {
        await SlayAsync(3000);
        await using var daemon = await StartAsync(Store);
        await daemon.WaitForNonStaleProjectionDataAsync(Bound);
        var tally = new HeldTallyProjection(2) { HoldBehind = 2000 };
        await using var next = await StartAsync(await ProgramAsync(tally));
        await tally.Reached.WaitAsync(Bound);

        var rebuild = (await StatusAsync(Store, 2)).Rebuild!;
        Assert.Equal((1000, 3000), (rebuild.Sequence, rebuild.Ceiling));
        Assert.True(rebuild.EventsPerSecond > 0 && rebuild.Remaining > TimeSpan.Zero);
        Assert.Equal((ProjectionState.Ready, 3000, true), ((await StatusAsync(Store, 1)).State, (await StatusAsync(Store, 1)).Position, (await StatusAsync(Store, 1)).IsLed));
        tally.Release();
        await next.WaitForNonStaleProjectionDataAsync(Bound);
        Assert.Null((await StatusAsync(Store, 2)).Rebuild);
    }

    [Fact]
    public async Task a_reader_that_does_not_end_delays_the_switch_and_nobody_else()
    {
        await SlayAsync(3);
        await using var daemon = await StartAsync(Store);
        await daemon.WaitForNonStaleProjectionDataAsync(Bound);
        await using var reader = Store.LightweightSession();
        await reader.ExecuteAsync([new Scalar($"select count(*) from {Store.Options.DatabaseSchemaName}.doc_monster_tally")]);
        var rebuild = daemon.RebuildProjectionAsync(nameof(MonsterTally));
        await Eventually.TrueAsync(async () => await StatusAsync(Store, 1) is { Rebuild.Sequence: 3 }, Bound, "a rebuild that is done but for the switch");
        await SlayAsync(2);
        await daemon.WaitForNonStaleProjectionDataAsync(Bound);
        Assert.Equal(5, await SlainAsync(Store));
        Assert.False(rebuild.IsCompleted);
        await reader.DisposeAsync();
        await rebuild.WaitAsync(Bound);
        Assert.Equal(5, await SlainAsync(Store));
    }

    [Fact]
    public async Task a_switch_leaves_the_schema_as_it_was()
    {
        const string indexes = "select string_agg(indexdef, E'\\n' order by indexname) from pg_indexes where schemaname = '${schema}' and tablename like 'doc_%'";
        var before = await Tested.ExecuteAsApplicationAsync(indexes);
        await SlayAsync(3);
        await using var daemon = await StartAsync(Store);
        await daemon.RebuildProjectionAsync(nameof(MonsterTally)).WaitAsync(Bound);
        await daemon.RebuildProjectionAsync(nameof(MonsterTally)).WaitAsync(Bound);
        await Store.ApplyAllConfiguredChangesToDatabaseAsync();
        Assert.Equal(before, await Tested.ExecuteAsApplicationAsync(indexes));
        Assert.Equal(1L, await Tested.ExecuteAsApplicationAsync("select count(*) from pg_tables where schemaname = '${schema}' and tablename like 'doc_%'"));
    }

    [Fact]
    public async Task a_program_whose_version_is_not_in_the_schema_says_what_to_do()
    {
        var stranger = Tested.Another(o => o.Projections.Add(new HeldTallyProjection(9), ProjectionLifecycle.Async));
        var refusal = await Assert.ThrowsAsync<ProjectionVersionException>(() => stranger.BuildProjectionDaemon().RebuildProjectionAsync(nameof(MonsterTally)));
        Assert.Contains("apply the schema", refusal.Message, StringComparison.Ordinal);
    }
}
