using OptiInfra.EventStore;
using OptiInfra.Messaging.Tests.Shop;

namespace OptiInfra.Messaging.Tests;

public sealed class confirms_are_counted_without_a_gap : IDisposable
{
    readonly ConfirmLedger ledger = new(window: 10, TimeProvider.System);

    public void Dispose() => ledger.Dispose();

    [Fact]
    public void those_that_come_early_wait_for_those_before_them()
    {
        Send(5);
        ledger.Confirm(3, andAllBefore: false);
        ledger.Confirm(2, andAllBefore: false);
        Assert.Equal((0ul, 0L), ledger.Confirmed);
        ledger.Confirm(1, andAllBefore: false);
        Assert.Equal((3ul, 103L), ledger.Confirmed);
        ledger.Confirm(5, andAllBefore: true);
        Assert.Equal((5ul, 105L), ledger.Confirmed);
        Assert.Null(ledger.Oldest);
    }

    [Fact]
    public void nothing_behind_an_event_that_came_back_is_counted_though_it_is_confirmed()
    {
        var events = Send(4);
        ledger.Return(events[1].Id, "NO_ROUTE");
        ledger.Confirm(4, andAllBefore: true);
        Assert.Equal((1ul, 101L), ledger.Confirmed);
        Assert.True(ledger.Failure!.IsUnroutable);
        Assert.Equal(events[1], ledger.Failure.Event);
    }

    [Fact]
    public void an_event_that_is_refused_late_stops_only_what_is_behind_it()
    {
        var events = Send(4);
        ledger.Refuse(3);
        Assert.Equal(events[2], ledger.Failure!.Event);
        ledger.Confirm(1, andAllBefore: false);
        ledger.Confirm(2, andAllBefore: false);
        ledger.Confirm(4, andAllBefore: false);
        Assert.Equal((2ul, 102L), ledger.Confirmed);
    }

    [Fact]
    public async Task as_many_as_allowed_are_on_their_way()
    {
        Send(10);
        var eleventh = ledger.RoomAsync(CancellationToken.None).AsTask();
        Assert.False(eleventh.IsCompleted);
        ledger.Confirm(1, andAllBefore: false);
        await eleventh.WaitAsync(ShopWorld.Bound);
    }

    [Fact]
    public async Task whoever_waits_hears_of_the_failure()
    {
        Send(10);
        var room = ledger.RoomAsync(CancellationToken.None).AsTask();
        var confirms = ledger.ConfirmedAsync(2, CancellationToken.None);
        ledger.Fail("the broker went away");
        Assert.Equal("the broker went away", (await Assert.ThrowsAsync<EventNotPublishedException>(() => room.WaitAsync(ShopWorld.Bound))).Message);
        await Assert.ThrowsAsync<EventNotPublishedException>(() => confirms.WaitAsync(ShopWorld.Bound));
        ledger.Fail("and this is what followed");
        Assert.Equal("the broker went away", ledger.Failure!.Message);
    }

    List<IEvent> Send(int count)
    {
        List<IEvent> events = [];
        for (var i = 1; i <= count; i++)
        {
            events.Add(new StoredBox(i));
            Assert.True(ledger.RoomAsync(CancellationToken.None).AsTask().IsCompletedSuccessfully);
            Assert.Equal((ulong)i, ledger.Add(events[^1], activity: null));
        }

        return events;
    }

    sealed record StoredBox(int Number) : IEvent
    {
        public Guid Id { get; } = Guid.NewGuid();
        public Guid StreamId { get; } = Guid.NewGuid();
        public long Version => Number;
        public long Sequence => 100 + Number;
        public object Data => new ItemPacked(StreamId, Number);
        public Type EventType => typeof(ItemPacked);
        public string EventTypeName => "item_packed";
        public int SchemaVersion => 1;
        public DateTimeOffset Timestamp { get; } = TimeProvider.System.GetUtcNow();
        public string TenantId => SessionOptions.DefaultTenant;
        public string? Actor => null;
        public Guid? CorrelationId => null;
        public Guid? CausationId => null;
        public string? TraceParent => null;
        public ReadOnlyMemory<byte> Hash => default;
    }
}
