using OptiInfra.Testing;

namespace OptiInfra.EventStore.Tests;

public abstract class SnapshotCompliance : StoreCompliance
{
    const int Every = 10;

    protected override void Configure(StoreOptions options) => options.Snapshots.For<Quest>(Every);

    /// <summary>A quest of so many events whose snapshot is there.</summary>
    async Task<Guid> KeptAsync(int events = 20)
    {
        var id = await StartAsync([.. Enumerable.Range(1, events - 1).Select(n => new MonsterSlain("orc", n))]);
        await AggregateAsync(id);
        await Eventually.TrueAsync(async () => await VersionAsync(id) == events, Bound, "a snapshot");
        return id;
    }

    async Task<long> VersionAsync(Guid id) => await Tested.ExecuteAsApplicationAsync($"select max(version) from ${{schema}}.snapshots where stream_id = '{id}'") is long version ? version : 0;

    /// <summary>Spoils the kept state, so that whoever uses it shows it.</summary>
    Task MarkAsync(Guid id) => Tested.ExecuteAsOwnerAsync($"update ${{schema}}.snapshots set data = replace(data::text, 'Ring', 'kept')::json where stream_id = '{id}'");

    async Task<string?> NameAsync(Guid id, IDocumentStore? store = null, long version = 0)
    {
        await using var session = (store ?? Store).QuerySession();
        return (await session.Events.AggregateStreamAsync<Quest>(id, version))?.Name;
    }

    [Fact]
    public async Task a_long_stream_is_folded_from_its_snapshot()
    {
        var id = await KeptAsync();
        var whole = await AggregateAsync(id);
        await MarkAsync(id);
        await AppendAsync(id, new MemberJoined("Frodo"));
        var quest = (await AggregateAsync(id))!;
        Assert.Equal(("kept", whole!.Gold, 190), (quest.Name, quest.Gold, quest.Gold));
        Assert.Equal(["Frodo"], quest.Members);

        await using var session = Store.LightweightSession();
        var stream = await session.Events.FetchForWriting<Quest>(id);
        Assert.Equal(("kept", 21), (stream.Aggregate!.Name, stream.StartingVersion));
        stream.AppendOne(new MemberJoined("Sam"));
        await session.SaveChangesAsync();
        Assert.Equal(2, (await AggregateAsync(id))!.Members.Count);
    }

    [Fact]
    public async Task a_short_stream_is_not_kept()
    {
        var id = await StartAsync([.. Enumerable.Range(1, Every - 2).Select(n => new MonsterSlain("orc", n))]);
        await AggregateAsync(id);
        await KeptAsync();
        Assert.Equal(0, await VersionAsync(id));
    }

    [Fact]
    public async Task it_is_kept_again_after_as_many_events()
    {
        var id = await KeptAsync();
        await AppendAsync(id, [.. Enumerable.Range(0, Every - 1).Select(_ => new MonsterSlain("orc", 1))]);
        await AggregateAsync(id);
        await AppendAsync(id, new MonsterSlain("orc", 1));
        await AggregateAsync(id);
        await Eventually.TrueAsync(async () => await VersionAsync(id) == 30, Bound, "the next snapshot");
    }

    [Fact]
    public async Task the_past_is_folded_from_the_events()
    {
        var id = await KeptAsync();
        await MarkAsync(id);
        Assert.Equal(("Ring", "kept"), (await NameAsync(id, version: 19), await NameAsync(id, version: 20)));
        await using var session = Store.QuerySession();
        Assert.Equal("Ring", (await session.Events.AggregateStreamAsync<Quest>(id, timestamp: Tested.Clock.GetUtcNow()))!.Name);
    }

    [Fact]
    public async Task a_snapshot_of_another_history_is_not_used()
    {
        var id = await KeptAsync();
        await MarkAsync(id);
        await Tested.ExecuteAsOwnerAsync("update ${schema}.snapshots set hash = sha256('another')");
        Assert.Equal("Ring", await NameAsync(id));
        await Tested.ExecuteAsOwnerAsync("update ${schema}.snapshots set version = 99");
        Assert.Equal("Ring", await NameAsync(id));
    }

    [Fact]
    public async Task a_snapshot_that_cannot_be_read_is_not_used()
    {
        var id = await KeptAsync();
        await Tested.ExecuteAsOwnerAsync("update ${schema}.snapshots set data = '[1]'");
        Assert.Equal("Ring", await NameAsync(id));
    }

    [Fact]
    public async Task a_changed_aggregate_or_other_event_types_ignore_what_was_kept()
    {
        var id = await KeptAsync();
        await MarkAsync(id);
        Assert.Equal("kept", await NameAsync(id, Tested.Another(Configure)));
        Assert.Equal("Ring", await NameAsync(id, Tested.Another(o => o.Snapshots.For<Quest>(Every, version: 2))));
        Assert.Equal("Ring", await NameAsync(id, Tested.Another(o =>
        {
            Configure(o);
            o.Events.MapEventType<SpotTaken>("spot_taken");
        })));
    }

    [Fact]
    public async Task a_history_with_unknown_events_is_not_kept()
    {
        var newer = Tested.Another(o => o.Events.MapEventType<SpotTaken>("spot_taken"));
        var id = await StartAsync();
        await using (var session = newer.LightweightSession())
        {
            session.Events.Append(id, [.. Enumerable.Range(0, 30).Select(_ => new SpotTaken("Bilbo", "Baggins", "Mr"))]);
            await session.SaveChangesAsync();
        }
        Assert.NotNull(await AggregateAsync(id));
        await KeptAsync();
        Assert.Equal(0, await VersionAsync(id));
        await using var deciding = Store.LightweightSession();
        await Assert.ThrowsAsync<UnknownEventTypeException>(() => deciding.Events.FetchForWriting<Quest>(id));
    }

    [Fact]
    public async Task writers_at_once_decide_on_the_same_state_with_snapshots_as_without()
    {
        var id = await StartAsync();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            for (var done = 0; done < 25;)
            {
                await using var session = Store.LightweightSession();
                var stream = await session.Events.FetchForWriting<Quest>(id);
                // what is decided depends on all that came before
                stream.AppendOne(new MonsterSlain("orc", stream.Aggregate!.Gold + 1 == stream.CurrentVersion ? 1 : 1000));
                if (await Record.ExceptionAsync(() => session.SaveChangesAsync()) is null)
                    done++;
            }
        }));
        Assert.Equal(100, (await AggregateAsync(id))!.Gold);
        Assert.True(await VersionAsync(id) > 0);
    }

    [Fact]
    public async Task ten_thousand_events_are_not_read_again_for_each_decision()
    {
        var id = await StartAsync();
        for (var i = 0; i < 20; i++)
            await AppendAsync(id, [.. Enumerable.Range(0, 500).Select(_ => new MonsterSlain("orc", 1))]);
        await AggregateAsync(id);
        await Eventually.TrueAsync(async () => await VersionAsync(id) == 10_001, Bound, "a snapshot");
        // events that nobody may read any more
        await Tested.ExecuteAsOwnerAsync($"update ${{schema}}.events set data = '\"spoilt\"' where stream_id = '{id}' and version < 10001");
        for (var i = 0; i < 20; i++)
        {
            await using var session = Store.LightweightSession();
            var stream = await session.Events.FetchForWriting<Quest>(id);
            Assert.Equal(10_000 + i, stream.Aggregate!.Gold);
            stream.AppendOne(new MonsterSlain("orc", 1));
            await session.SaveChangesAsync();
        }
    }

    [Fact]
    public async Task a_snapshot_of_one_tenant_is_not_anothers()
    {
        var id = await KeptAsync();
        await using var other = Store.QuerySession("other");
        Assert.Null(await other.Events.AggregateStreamAsync<Quest>(id));
    }
}
