using System.Text.Json;

namespace OptiInfra.EventStore.Tests;

public sealed record SpotTakenV1(string Name);
public sealed record SpotTakenV2(string First, string Last);
public sealed record SpotTaken(string First, string Last, string Title);
/// <summary>A later program's MemberJoined: another class, the same stored name.</summary>
public sealed record PartyMemberJoined(string Member, string? Role);

public abstract class EventTypeCompliance : StoreCompliance
{
    IDocumentStore VersionOne => Tested.Another(o => o.Events.MapEventType<SpotTakenV1>("spot_taken"));
    IDocumentStore VersionTwo => Tested.Another(o => o.Events.MapEventType<SpotTakenV2>("spot_taken", 2));

    IDocumentStore VersionThree => Tested.Another(o => o.Events
        .MapEventType<SpotTaken>("spot_taken", 3)
        .Upcast<SpotTakenV1, SpotTakenV2>("spot_taken", 1, old => new(old.Name.Split(' ')[0], old.Name.Split(' ')[1]))
        .Upcast<SpotTakenV2, SpotTaken>("spot_taken", 2, old => new(old.First, old.Last, "unknown")));

    static async Task<Guid> WriteAsync(IDocumentStore store, params object[] events)
    {
        var id = Guid.NewGuid();
        await using var session = store.LightweightSession();
        session.Events.Append(id, events);
        await session.SaveChangesAsync();
        return id;
    }

    static async Task<IEvent> ReadAsync(IDocumentStore store, Guid id)
    {
        await using var session = store.QuerySession();
        return Assert.Single(await session.Events.FetchStreamAsync(id));
    }

    [Fact]
    public async Task an_old_version_is_upcast_step_by_step()
    {
        var id = await WriteAsync(VersionOne, new SpotTakenV1("Bilbo Baggins"));
        var read = await ReadAsync(VersionThree, id);
        Assert.Equal(new SpotTaken("Bilbo", "Baggins", "unknown"), read.Data);
        Assert.Equal((1, typeof(SpotTaken)), (read.SchemaVersion, read.EventType));
        Assert.IsType<IEvent<SpotTaken>>(read, exactMatch: false);
    }

    [Fact]
    public async Task a_middle_version_enters_the_chain_where_it_belongs()
    {
        var id = await WriteAsync(VersionTwo, new SpotTakenV2("Bilbo", "Baggins"));
        Assert.Equal(new SpotTaken("Bilbo", "Baggins", "unknown"), (await ReadAsync(VersionThree, id)).Data);
    }

    [Fact]
    public async Task the_current_version_is_read_as_it_is()
    {
        var store = VersionThree;
        var id = await WriteAsync(store, new SpotTaken("Bilbo", "Baggins", "Mr"));
        var read = await ReadAsync(store, id);
        Assert.Equal((3, new SpotTaken("Bilbo", "Baggins", "Mr")), (read.SchemaVersion, read.Data));
    }

    [Fact]
    public async Task a_version_that_only_added_needs_no_upcaster_and_a_class_may_be_renamed()
    {
        var id = await WriteAsync(Store, new MemberJoined("Frodo"));
        var later = Tested.Another(o => o.Events.MapEventType(typeof(MemberJoined), "not_used_any_more").MapEventType<PartyMemberJoined>("member_joined", 2));
        Assert.Equal(new PartyMemberJoined("Frodo", null), (await ReadAsync(later, id)).Data);
    }

    [Fact]
    public async Task upcasters_that_do_not_join_are_told_when_read()
    {
        var id = await WriteAsync(VersionOne, new SpotTakenV1("Bilbo Baggins"));
        var broken = Tested.Another(o => o.Events
            .MapEventType<SpotTaken>("spot_taken", 3)
            .Upcast<SpotTakenV1, MemberJoined>("spot_taken", 1, old => new(old.Name))
            .Upcast<SpotTakenV2, SpotTaken>("spot_taken", 2, old => new(old.First, old.Last, "unknown")));
        await Assert.ThrowsAsync<InvalidOperationException>(() => ReadAsync(broken, id));
    }

    [Fact]
    public async Task an_unknown_type_is_read_as_unknown_with_its_json()
    {
        var id = await WriteAsync(VersionOne, new SpotTakenV1("Bilbo Baggins"));
        var read = await ReadAsync(Store, id);
        var unknown = Assert.IsType<UnknownEvent>(read.Data);
        Assert.Equal(("spot_taken", 1), (unknown.EventTypeName, unknown.SchemaVersion));
        Assert.Equal("Bilbo Baggins", JsonDocument.Parse(unknown.Json).RootElement.GetProperty("name").GetString());
        Assert.Equal("spot_taken", Assert.IsType<UnknownEvent>((await Store.Log.ReadAsync(0, 10)).Events[0].Data).EventTypeName);
    }

    [Fact]
    public async Task a_version_of_a_newer_program_is_unknown()
    {
        var id = await WriteAsync(VersionThree, new SpotTaken("Bilbo", "Baggins", "Mr"));
        Assert.IsType<UnknownEvent>((await ReadAsync(VersionOne, id)).Data);
    }

    [Fact]
    public async Task nothing_is_decided_on_a_history_with_unknown_events()
    {
        var id = await StartAsync();
        var newer = Tested.Another(o => o.Events.MapEventType<SpotTaken>("spot_taken"));
        await using (var session = newer.LightweightSession())
        {
            session.Events.Append(id, new SpotTaken("Bilbo", "Baggins", "Mr"));
            await session.SaveChangesAsync();
        }
        await using var older = Store.LightweightSession();
        Assert.NotNull(await older.Events.AggregateStreamAsync<Quest>(id));
        await Assert.ThrowsAsync<UnknownEventTypeException>(() => older.Events.FetchForWriting<Quest>(id));
    }

    [Fact]
    public async Task data_that_does_not_fit_its_type_is_told_with_the_event_that_has_it()
    {
        var id = await StartAsync(new MonsterSlain("orc", 5));
        await Tested.ExecuteAsOwnerAsync("""update ${schema}.events set data = '{"gold":"many"}' where version = 2""");

        var events = await FetchAsync(id);
        var failure = Assert.Throws<EventDataException>(() => events[1].Data);
        Assert.Contains(events[1].Id.ToString(), failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void two_types_cannot_have_one_name()
        => Assert.Throws<ArgumentException>(() => new EventOptions().MapEventType<SpotTaken>("x").MapEventType<SpotTakenV1>("x"));
}
