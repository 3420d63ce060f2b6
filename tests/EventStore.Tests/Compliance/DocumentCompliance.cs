namespace OptiInfra.EventStore.Tests;

public sealed record Treasure(string Id, int Gold, string? Keeper = null);
public sealed record Map(Guid Id, string Country);
public sealed record Song(string Title, string Words);
public sealed record NeverRegistered(string Id);

public abstract class DocumentCompliance : StoreCompliance
{
    protected override void Configure(StoreOptions options)
    {
        options.Schema.For<Treasure>().Index("(data->>'keeper')");
        options.Schema.For<Map>().Alias("maps_of_the_world");
        options.Schema.For<Song>().Identity(s => s.Title);
    }

    [Fact]
    public async Task a_document_comes_back_by_its_id()
    {
        var map = new Map(Guid.NewGuid(), "Mordor");
        await using var session = Store.LightweightSession();
        session.Store(map);
        session.Store(new Treasure("chest", 5), new Treasure("purse", 1));
        session.Store(new Song("Lament", "…"));
        await session.SaveChangesAsync();

        Assert.Equal(map, await session.LoadAsync<Map>(map.Id));
        Assert.Equal(new Treasure("purse", 1), await session.LoadAsync<Treasure>("purse"));
        Assert.Equal(new Song("Lament", "…"), await session.LoadAsync<Song>("Lament"));
        Assert.Null(await session.LoadAsync<Treasure>("nothing"));
    }

    [Fact]
    public async Task storing_again_replaces_and_the_last_of_one_save_counts()
    {
        await using var session = Store.LightweightSession();
        session.Store(new Treasure("chest", 5), new Treasure("chest", 6));
        await session.SaveChangesAsync();
        Assert.Equal(6, (await session.LoadAsync<Treasure>("chest"))!.Gold);
        session.Store(new Treasure("chest", 7));
        await session.SaveChangesAsync();
        Assert.Equal(7, (await session.LoadAsync<Treasure>("chest"))!.Gold);
    }

    [Fact]
    public async Task an_insert_fails_where_the_document_exists_and_nothing_of_the_unit_is_written()
    {
        await using var session = Store.LightweightSession();
        session.Insert(new Treasure("chest", 5));
        await session.SaveChangesAsync();
        session.Store(new Treasure("purse", 1));
        session.Insert(new Treasure("chest", 6));
        await Assert.ThrowsAsync<ConcurrencyException>(() => session.SaveChangesAsync());

        await using var query = Store.QuerySession();
        Assert.Equal(5, (await query.LoadAsync<Treasure>("chest"))!.Gold);
        Assert.Null(await query.LoadAsync<Treasure>("purse"));
    }

    [Fact]
    public async Task of_several_that_insert_the_same_document_at_once_one_wins()
    {
        var won = await Task.WhenAll(Enumerable.Range(1, 8).Select(n => Task.Run(async () =>
        {
            await using var session = Store.LightweightSession();
            session.Insert(new Treasure("chest", n));
            return await Record.ExceptionAsync(() => session.SaveChangesAsync());
        })));
        Assert.Single(won, e => e is null);
        Assert.All(won.Where(e => e is not null), e => Assert.IsType<ConcurrencyException>(e));
    }

    [Fact]
    public async Task a_deleted_document_is_gone_and_order_is_kept()
    {
        await using var session = Store.LightweightSession();
        session.Store(new Treasure("a", 1), new Treasure("b", 1));
        session.Delete<Treasure>("a");
        session.Delete<Treasure>("b");
        session.Store(new Treasure("b", 2));
        await session.SaveChangesAsync();

        Assert.Null(await session.LoadAsync<Treasure>("a"));
        Assert.Equal(2, (await session.LoadAsync<Treasure>("b"))!.Gold);
    }

    [Fact]
    public async Task documents_are_queried_by_their_data()
    {
        await using var session = Store.LightweightSession();
        session.Store(new Treasure("a", 1, "Smaug"), new Treasure("b", 3, "Smaug"), new Treasure("c", 2, "Gollum"));
        await session.SaveChangesAsync();

        var found = await session.QueryAsync<Treasure>("where data->>'keeper' = $1 and (data->>'gold')::int >= $2 order by (data->>'gold')::int desc", default, "Smaug", 1);

        Assert.Equal(["b", "a"], found.Select(t => t.Id));
        Assert.Equal(3, (await session.QueryAsync<Treasure>("")).Count);
    }

    [Fact]
    public async Task documents_and_events_are_saved_together_or_not_at_all()
    {
        var id = await StartAsync();
        await using var session = Store.LightweightSession();
        session.Store(new Treasure("chest", 5));
        session.Events.AppendAt(id, 9, new MemberJoined("Frodo"));
        await Assert.ThrowsAsync<EventStreamUnexpectedMaxEventIdException>(() => session.SaveChangesAsync());

        await using var query = Store.QuerySession();
        Assert.Null(await query.LoadAsync<Treasure>("chest"));
    }

    [Fact]
    public void a_document_type_without_a_table_is_refused_with_what_to_do()
    {
        var session = Store.LightweightSession();
        var refusal = Assert.Throws<InvalidOperationException>(() => session.Store(new NeverRegistered("x")));
        Assert.Contains("Schema.For<NeverRegistered>()", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void a_document_without_an_id_is_refused()
    {
        var session = Store.LightweightSession();
        Assert.Throws<InvalidOperationException>(() => session.Store(new Map(Guid.Empty, "Nowhere")));
        Assert.Throws<InvalidOperationException>(() => session.Store(new Treasure("", 1)));
    }
}
