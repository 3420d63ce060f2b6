namespace OptiInfra.EventStore.Tests;

public abstract class InlineVersionCompliance : StoreCompliance
{
    protected override void Configure(StoreOptions options) => options.Projections.Add(new HeldTallyProjection(1), ProjectionLifecycle.Inline);

    async Task<IDocumentStore> ProgramAsync(HeldTallyProjection tally)
    {
        var store = Tested.Another(o => o.Projections.Add(tally, ProjectionLifecycle.Inline));
        await store.ApplyAllConfiguredChangesToDatabaseAsync();
        return store;
    }

    static async Task SlayAsync(IDocumentStore store)
    {
        await using var session = store.LightweightSession();
        session.Events.Append(Guid.NewGuid(), new MonsterSlain("orc", 1));
        await session.SaveChangesAsync();
    }

    static async Task<int> SlainAsync(IDocumentStore store)
    {
        await using var session = store.QuerySession();
        return (await session.LoadAsync<MonsterTally>("orc"))?.Slain ?? 0;
    }

    [Fact]
    public async Task a_new_version_is_built_while_both_programs_append_and_then_the_old_one_may_not_any_more()
    {
        await SlayAsync(Store);
        var tally = new HeldTallyProjection(2) { HoldBehind = 0 };
        var next = await ProgramAsync(tally);
        await using var daemon = next.BuildProjectionDaemon();
        await daemon.StartAllAsync();
        await tally.Reached.WaitAsync(Bound);

        await SlayAsync(Store);
        await SlayAsync(next);
        Assert.Equal((2, 2), (await SlainAsync(Store), await SlainAsync(next)));

        tally.Release();
        await daemon.WaitForNonStaleProjectionDataAsync(Bound);
        await SlayAsync(next);
        Assert.Equal(8, await SlainAsync(next));
        var refusal = await Assert.ThrowsAsync<ProjectionVersionException>(() => SlayAsync(Store));
        Assert.Contains("newer program", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_rebuild_with_the_older_program_takes_the_projection_back()
    {
        await SlayAsync(Store);
        var next = await ProgramAsync(new HeldTallyProjection(2));
        await using (var daemon = next.BuildProjectionDaemon())
        {
            await daemon.StartAllAsync();
            await daemon.WaitForNonStaleProjectionDataAsync(Bound);
        }
        await using var older = Store.BuildProjectionDaemon();
        await older.RebuildProjectionAsync(nameof(MonsterTally)).WaitAsync(Bound);
        await SlayAsync(Store);
        Assert.Equal(2, await SlainAsync(Store));
        await Assert.ThrowsAsync<ProjectionVersionException>(() => SlayAsync(next));
    }

    [Fact]
    public async Task two_new_versions_under_load_lose_and_double_nothing()
    {
        using var stop = new CancellationTokenSource();
        var appended = 0;
        IDocumentStore current = Store;
        var appending = Task.WhenAll(Enumerable.Range(0, 3).Select(async _ =>
        {
            while (!stop.IsCancellationRequested)
            {
                // an old program's refusal is its end; the next one goes on
                if (await Record.ExceptionAsync(() => SlayAsync(Volatile.Read(ref current))) is null)
                    Interlocked.Increment(ref appended);
            }
        }));
        foreach (var version in (int[])[2, 3])
        {
            var next = await ProgramAsync(new HeldTallyProjection(version));
            await using var daemon = next.BuildProjectionDaemon();
            await daemon.StartAllAsync();
            await daemon.WaitForNonStaleProjectionDataAsync(Bound);
            Volatile.Write(ref current, next);
        }
        await stop.CancelAsync();
        await appending;
        Assert.Equal(3 * appended, await SlainAsync(current));
    }
}
