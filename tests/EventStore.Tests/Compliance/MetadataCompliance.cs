using System.Diagnostics;

namespace OptiInfra.EventStore.Tests;

public abstract class MetadataCompliance : StoreCompliance
{
    [Fact]
    public async Task an_event_carries_what_the_session_says()
    {
        var metadata = new SessionOptions { TenantId = "acme", Actor = "cost-agent", CorrelationId = Guid.NewGuid(), CausationId = Guid.NewGuid(), TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" };
        var id = Guid.NewGuid();
        await using var session = Store.LightweightSession(metadata);
        session.Events.StartStream<Quest>(id, new QuestStarted("Ring"));
        await session.SaveChangesAsync();

        var stored = Assert.Single(await session.Events.FetchStreamAsync(id));

        Assert.Equal(metadata, new SessionOptions { TenantId = stored.TenantId, Actor = stored.Actor, CorrelationId = stored.CorrelationId, CausationId = stored.CausationId, TraceParent = stored.TraceParent });
        Assert.Equal((id, "quest_started", 1, typeof(QuestStarted)), (stored.StreamId, stored.EventTypeName, stored.SchemaVersion, stored.EventType));
        Assert.Equal(32, stored.Hash.Length);
        Assert.Equal(new QuestStarted("Ring"), Assert.IsType<IEvent<QuestStarted>>(stored, exactMatch: false).Data);
    }

    [Fact]
    public async Task metadata_changes_for_the_events_that_follow()
    {
        var id = Guid.NewGuid();
        await using var session = Store.LightweightSession();
        session.Events.StartStream<Quest>(id, new QuestStarted("Ring"));
        session.Metadata = session.Metadata with { Actor = "gandalf" };
        session.Events.Append(id, new MemberJoined("Frodo"), new MemberJoined("Sam"));
        session.Metadata = session.Metadata with { Actor = "elrond" };
        session.Events.Append(id, new MemberJoined("Gimli"));
        await session.SaveChangesAsync();

        var events = await FetchAsync(id);
        Assert.Equal([null, "gandalf", "gandalf", "elrond"], events.Select(e => e.Actor));
        Assert.Equal([1, 2, 3, 4], events.Select(e => e.Version));
        Assert.True((await Store.VerifyStreamAsync(id)).IsIntact);
    }

    [Fact]
    public async Task the_time_is_the_clocks_to_the_microsecond()
    {
        Tested.Clock.Advance(TimeSpan.FromTicks(12_345_678_919));
        var now = Tested.Clock.GetUtcNow();
        var id = await StartAsync();
        var stored = (await FetchAsync(id))[0].Timestamp;
        Assert.Equal(now.UtcTicks / 10 * 10, stored.UtcTicks);
        Assert.NotEqual(now, stored);
    }

    [Fact]
    public async Task the_events_of_one_unit_of_work_have_one_time_and_those_of_the_next_another()
    {
        var id = Guid.NewGuid();
        await using var session = Store.LightweightSession();
        session.Events.StartStream<Quest>(id, new QuestStarted("Ring"));
        Tested.Clock.Advance(TimeSpan.FromSeconds(1));
        session.Events.Append(id, new MemberJoined("Frodo"));
        await session.SaveChangesAsync();
        session.Events.Append(id, new MemberJoined("Sam"));
        await session.SaveChangesAsync();

        var times = (await FetchAsync(id)).Select(e => e.Timestamp).ToList();
        Assert.Equal(times[0], times[1]);
        Assert.Equal(times[1].AddSeconds(1), times[2]);
    }

    [Fact]
    public async Task ids_are_unique_and_sort_by_time()
    {
        var first = await StartAsync(new MemberJoined("Frodo"));
        Tested.Clock.Advance(TimeSpan.FromSeconds(1));
        var second = await StartAsync(new MemberJoined("Sam"));
        var ids = (await FetchAsync(first)).Concat(await FetchAsync(second)).Select(e => e.Id).ToList();

        Assert.Equal(4, ids.Distinct().Count());
        Assert.True(string.CompareOrdinal(ids[0].ToString(), ids[2].ToString()) < 0);
        Assert.Equal(7, ids[0].Version);
    }

    [Fact]
    public async Task the_trace_is_the_current_activitys_unless_given()
    {
        using var activity = new Activity("append").SetIdFormat(ActivityIdFormat.W3C).Start();
        var id = await StartAsync();
        Assert.Equal(activity.Id, (await FetchAsync(id))[0].TraceParent);
    }

    [Fact]
    public void a_session_keeps_its_tenant()
    {
        var session = Store.LightweightSession(new SessionOptions { TenantId = "a" });
        Assert.Throws<ArgumentException>(() => session.Metadata = new SessionOptions { TenantId = "b" });
    }
}
