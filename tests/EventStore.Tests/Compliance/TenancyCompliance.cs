namespace OptiInfra.EventStore.Tests;

public abstract class TenancyCompliance : StoreCompliance
{
    static readonly SessionOptions A = new() { TenantId = "a" };
    static readonly SessionOptions B = new() { TenantId = "b" };

    protected override void Configure(StoreOptions options) => options.Schema.For<Treasure>();

    async Task<Guid> StreamOfAAsync()
    {
        var id = Guid.NewGuid();
        await using var session = Store.LightweightSession(A);
        session.Events.StartStream<Quest>(id, new QuestStarted("A's"));
        await session.SaveChangesAsync();
        return id;
    }

    [Fact]
    public async Task a_stream_of_another_tenant_is_as_if_absent()
    {
        var id = await StreamOfAAsync();
        await using var session = Store.LightweightSession(B);

        Assert.Empty(await session.Events.FetchStreamAsync(id));
        Assert.Null(await session.Events.AggregateStreamAsync<Quest>(id));
        Assert.Null(await session.Events.FetchStreamStateAsync(id));
        Assert.Null((await session.Events.FetchForWriting<Quest>(id)).Aggregate);
    }

    [Fact]
    public async Task appending_to_a_stream_of_another_tenant_is_refused_in_every_way()
    {
        var id = await StreamOfAAsync();
        Action<IDocumentSession>[] ways =
        [
            s => s.Events.Append(id, new MemberJoined("thief")),
            s => s.Events.AppendAt(id, 1, new MemberJoined("thief")),
            s => s.Events.AppendAt(id, 0, new MemberJoined("thief")),
        ];
        foreach (var way in ways)
        {
            await using var session = Store.LightweightSession(B);
            way(session);
            await Assert.ThrowsAsync<StreamOfAnotherTenantException>(() => session.SaveChangesAsync());
        }
        await using (var session = Store.LightweightSession(B))
        {
            session.Events.StartStream<Quest>(id, new QuestStarted("thief"));
            await Assert.ThrowsAsync<ExistingStreamIdCollisionException>(() => session.SaveChangesAsync());
        }
        await using (var session = Store.LightweightSession(B))
        {
            (await session.Events.FetchForWriting<Quest>(id)).AppendOne(new QuestStarted("thief"));
            await Assert.ThrowsAsync<StreamOfAnotherTenantException>(() => session.SaveChangesAsync());
        }
        await using var own = Store.QuerySession("a");
        Assert.Single(await own.Events.FetchStreamAsync(id));
    }

    [Fact]
    public async Task documents_of_tenants_with_the_same_id_are_different()
    {
        await using (var session = Store.LightweightSession(A))
        {
            session.Store(new Treasure("chest", 1));
            session.ForTenant("b").Store(new Treasure("chest", 2));
            await session.SaveChangesAsync();
        }
        await using var a = Store.QuerySession("a");
        await using var b = Store.QuerySession("b");
        Assert.Equal((1, 2), ((await a.LoadAsync<Treasure>("chest"))!.Gold, (await b.LoadAsync<Treasure>("chest"))!.Gold));
        Assert.Single(await a.QueryAsync<Treasure>("where true or id = 'chest'"));
    }

    [Fact]
    public async Task one_unit_of_work_may_append_for_two_tenants()
    {
        var (a, b) = (Guid.NewGuid(), Guid.NewGuid());
        await using var session = Store.LightweightSession(A);
        session.Events.StartStream<Quest>(a, new QuestStarted("A's"));
        session.ForTenant("b").Events.StartStream<Quest>(b, new QuestStarted("B's"));
        Assert.Throws<StreamOfAnotherTenantException>(() => session.Events.Append(b, new MemberJoined("x")));
        await session.SaveChangesAsync();

        await using var query = Store.QuerySession("b");
        Assert.Equal("b", Assert.Single(await query.Events.FetchStreamAsync(b)).TenantId);
        Assert.Empty(await query.Events.FetchStreamAsync(a));
    }

    [Fact]
    public async Task the_log_has_the_events_of_all_tenants()
    {
        await StreamOfAAsync();
        await StartAsync();
        Assert.Equal(["a", SessionOptions.DefaultTenant], (await Store.Log.ReadAsync(0, 10)).Events.Select(e => e.TenantId));
    }
}
