namespace OptiInfra.EventStore.Tests;

public abstract class InlineProjectionCompliance : StoreCompliance
{
    protected override void Configure(StoreOptions options) => options.Projections
        .Add(new MonsterTallyProjection(), ProjectionLifecycle.Inline)
        .Add(new QuestSummaryProjection(), ProjectionLifecycle.Inline)
        .Add(new FellowProjection(), ProjectionLifecycle.Inline);

    async Task<T?> LoadAsync<T>(string id, string? tenant = null) where T : class
    {
        await using var session = Store.QuerySession(tenant);
        return await session.LoadAsync<T>(id);
    }

    [Fact]
    public async Task documents_are_there_with_the_append()
    {
        var id = await StartAsync(new MemberJoined("Frodo"), new MonsterSlain("orc", 3));
        await AppendAsync(id, new MonsterSlain("orc", 4));

        Assert.Equal(new MonsterTally { Id = "orc", Slain = 2, Gold = 7 }, await LoadAsync<MonsterTally>("orc"));
        Assert.Equal(new QuestSummary(id, "Ring", 1, 2, 0), await LoadAsync<QuestSummary>(id.ToString()));
    }

    [Fact]
    public async Task versions_are_right_whatever_was_expected()
    {
        var id = await StartAsync(new WeatherChanged("rain"));
        await AppendAsync(id, new MemberJoined("Frodo"));
        Assert.Equal(3, (await LoadAsync<QuestSummary>(id.ToString()))!.Version);
        await using var session = Store.LightweightSession();
        (await session.Events.FetchForWriting<Quest>(id)).AppendMany(new WeatherChanged("sun"), new MemberJoined("Sam"));
        await session.SaveChangesAsync();
        Assert.Equal(5, (await LoadAsync<QuestSummary>(id.ToString()))!.Version);
    }

    [Fact]
    public async Task one_event_may_change_several_documents()
    {
        await StartAsync(new MemberJoined("Frodo"), new MemberJoined("Sam"), new MemberLeft("Sam"));
        Assert.Equal((new Fellow("Frodo", 1, 0), new Fellow("Sam", 1, 1)), (await LoadAsync<Fellow>("Frodo"), await LoadAsync<Fellow>("Sam")));
        Assert.Equal(2, (await LoadAsync<Fellow>("everybody"))!.Joined);
    }

    [Fact]
    public async Task a_document_can_end()
    {
        var id = await StartAsync(new MemberJoined("Frodo"));
        await AppendAsync(id, new QuestEnded("failed"));
        Assert.Null(await LoadAsync<QuestSummary>(id.ToString()));
    }

    [Fact]
    public async Task a_conflict_undoes_the_documents()
    {
        var id = await StartAsync();
        await using var session = Store.LightweightSession();
        session.Events.AppendAt(id, 5, new MonsterSlain("orc", 1));
        await Assert.ThrowsAsync<EventStreamUnexpectedMaxEventIdException>(() => session.SaveChangesAsync());
        Assert.Null(await LoadAsync<MonsterTally>("orc"));
    }

    [Fact]
    public async Task concurrent_appends_to_different_streams_do_not_overwrite_each_others_documents()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async i =>
        {
            var id = await StartAsync(new MonsterSlain("orc", 1), new MonsterSlain("troll", 1));
            for (var n = 0; n < 5; n++)
                await AppendAsync(id, new MonsterSlain(n % 2 == 0 ? "troll" : "orc", 1), new MonsterSlain("warg", 1));
        }));
        Assert.Equal((24, 32, 40), ((await LoadAsync<MonsterTally>("orc"))!.Slain, (await LoadAsync<MonsterTally>("troll"))!.Slain, (await LoadAsync<MonsterTally>("warg"))!.Slain));
    }

    [Fact]
    public async Task tenants_have_documents_of_their_own()
    {
        await using (var session = Store.LightweightSession(new SessionOptions { TenantId = "a" }))
        {
            session.Events.Append(Guid.NewGuid(), new MonsterSlain("orc", 1));
            session.ForTenant("b").Events.Append(Guid.NewGuid(), new MonsterSlain("orc", 2), new MonsterSlain("orc", 3));
            await session.SaveChangesAsync();
        }
        Assert.Equal((1, 5), ((await LoadAsync<MonsterTally>("orc", "a"))!.Gold, (await LoadAsync<MonsterTally>("orc", "b"))!.Gold));
    }

    [Fact]
    public async Task a_rebuild_while_appends_wait_loses_and_doubles_nothing()
    {
        await using var daemon = Store.BuildProjectionDaemon();
        using var stop = new CancellationTokenSource();
        var appended = 0;
        var appending = Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            while (!stop.IsCancellationRequested)
            {
                await StartAsync(new MonsterSlain("orc", 1));
                Interlocked.Increment(ref appended);
            }
        }));
        for (var i = 0; i < 3; i++)
        {
            await Task.Delay(50);
            await Tested.ExecuteAsOwnerAsync("update ${schema}.doc_monster_tally set data = '{\"id\":\"orc\",\"slain\":1000}'");
            await daemon.RebuildProjectionAsync("MonsterTally").WaitAsync(Bound);
        }
        await stop.CancelAsync();
        await appending;
        Assert.Equal(appended, (await LoadAsync<MonsterTally>("orc"))!.Slain);
    }

    [Fact]
    public void a_method_that_would_never_be_called_is_refused_at_registration()
    {
        var refusal = Assert.Throws<InvalidOperationException>(() => new ProjectionOptions().Add(new UnreachableProjection(), ProjectionLifecycle.Inline));
        Assert.Contains("Identity<MemberJoined>", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void two_projections_cannot_have_one_name()
        => Assert.Throws<ArgumentException>(() => new ProjectionOptions().Add(new FellowProjection(), ProjectionLifecycle.Inline).Add(new FellowProjection(), ProjectionLifecycle.Async));
}
