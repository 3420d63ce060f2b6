namespace OptiInfra.EventStore.Tests;

public abstract class AppendingCompliance : StoreCompliance
{
    [Fact]
    public async Task appended_events_come_back_in_order_with_versions_from_one()
    {
        var id = await StartAsync(new MemberJoined("Frodo"), new MemberJoined("Sam"));

        var events = await FetchAsync(id);

        Assert.Equal([1, 2, 3], events.Select(e => e.Version));
        Assert.Equal([new QuestStarted("Ring"), new MemberJoined("Frodo"), new MemberJoined("Sam")], events.Select(e => e.Data));
        Assert.Equal(events.Select(e => e.Sequence).Order(), events.Select(e => e.Sequence));
    }

    [Fact]
    public async Task nothing_is_written_before_the_save()
    {
        var id = Guid.NewGuid();
        await using var session = Store.LightweightSession();
        session.Events.StartStream<Quest>(id, new QuestStarted("Ring"));

        Assert.Empty(await FetchAsync(id));
        Assert.True(session.HasPendingChanges);
        await session.SaveChangesAsync();
        Assert.Single(await FetchAsync(id));
        Assert.False(session.HasPendingChanges);
    }

    [Fact]
    public async Task a_session_can_be_used_again_after_a_save()
    {
        var id = Guid.NewGuid();
        await using var session = Store.LightweightSession();
        session.Events.StartStream<Quest>(id, new QuestStarted("Ring"));
        await session.SaveChangesAsync();
        session.Events.Append(id, new MemberJoined("Frodo"));
        await session.SaveChangesAsync();

        Assert.Equal(2, (await FetchAsync(id)).Count);
    }

    [Fact]
    public async Task appending_to_a_stream_that_does_not_exist_creates_it()
    {
        var id = Guid.NewGuid();
        await AppendAsync(id, new QuestStarted("Ring"), new MemberJoined("Frodo"));
        Assert.Equal(2, (await FetchAsync(id)).Count);
    }

    [Fact]
    public async Task a_session_without_changes_saves_nothing()
    {
        await using var session = Store.LightweightSession();
        await session.SaveChangesAsync();
        Assert.Equal(0, await Store.Log.HighWaterMarkAsync());
    }

    [Fact]
    public async Task events_of_several_streams_are_saved_together()
    {
        var (a, b) = (Guid.NewGuid(), Guid.NewGuid());
        await using var session = Store.LightweightSession();
        session.Events.StartStream<Quest>(a, new QuestStarted("A"));
        session.Events.StartStream<Quest>(b, new QuestStarted("B"));
        session.Events.Append(a, new MemberJoined("Frodo"));
        await session.SaveChangesAsync();

        Assert.Equal(2, (await FetchAsync(a)).Count);
        Assert.Single(await FetchAsync(b));
    }

    [Fact]
    public async Task a_failing_stream_undoes_the_others()
    {
        var existing = await StartAsync();
        var other = Guid.NewGuid();
        await using var session = Store.LightweightSession();
        session.Events.StartStream<Quest>(other, new QuestStarted("Other"));
        session.Events.StartStream<Quest>(existing, new QuestStarted("Again"));

        await Assert.ThrowsAsync<ExistingStreamIdCollisionException>(() => session.SaveChangesAsync());

        Assert.Empty(await FetchAsync(other));
    }

    [Fact]
    public async Task a_stream_cannot_be_started_twice()
    {
        var id = await StartAsync();
        await using var session = Store.LightweightSession();
        session.Events.StartStream<Quest>(id, new QuestStarted("Again"));

        var collision = await Assert.ThrowsAsync<ExistingStreamIdCollisionException>(() => session.SaveChangesAsync());
        Assert.Equal(id, collision.StreamId);
    }

    [Fact]
    public void a_stream_cannot_be_started_without_an_event()
    {
        var session = Store.LightweightSession();
        Assert.Throws<ArgumentException>(() => session.Events.StartStream<Quest>(Guid.NewGuid()));
    }

    [Fact]
    public void an_event_without_a_stored_name_is_refused_at_once()
    {
        var session = Store.LightweightSession();
        var refusal = Assert.Throws<UnknownEventTypeException>(() => session.Events.Append(Guid.NewGuid(), new NeverMapped("x")));
        Assert.Contains(nameof(NeverMapped), refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task the_expected_version_lets_the_append_through()
    {
        var id = await StartAsync();
        await using var session = Store.LightweightSession();
        session.Events.AppendAt(id, 1, new MemberJoined("Frodo"));
        await session.SaveChangesAsync();
        Assert.Equal(2, (await FetchAsync(id)).Count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public async Task another_version_than_expected_is_refused_and_named(long expected)
    {
        var id = await StartAsync(new MemberJoined("Frodo"));
        await using var session = Store.LightweightSession();
        session.Events.AppendAt(id, expected, new MemberJoined("Sam"));

        var refusal = await Assert.ThrowsAsync<EventStreamUnexpectedMaxEventIdException>(() => session.SaveChangesAsync());

        Assert.Equal((id, expected, 2), (refusal.StreamId, refusal.Expected, refusal.Actual));
        Assert.Equal(2, (await FetchAsync(id)).Count);
    }

    [Fact]
    public async Task an_expected_version_of_a_stream_that_does_not_exist_is_refused()
    {
        await using var session = Store.LightweightSession();
        session.Events.AppendAt(Guid.NewGuid(), 3, new MemberJoined("Sam"));
        var refusal = await Assert.ThrowsAsync<EventStreamUnexpectedMaxEventIdException>(() => session.SaveChangesAsync());
        Assert.Equal(0, refusal.Actual);
    }

    [Fact]
    public async Task appending_twice_at_the_versions_that_follow_each_other_is_one_append()
    {
        var id = await StartAsync();
        await using var session = Store.LightweightSession();
        session.Events.AppendAt(id, 1, new MemberJoined("Frodo"));
        session.Events.AppendAt(id, 2, new MemberJoined("Sam"));
        await session.SaveChangesAsync();
        Assert.Equal(3, (await FetchAsync(id)).Count);
    }

    [Fact]
    public void contradicting_expectations_in_one_session_are_refused_at_once()
    {
        var id = Guid.NewGuid();
        var session = Store.LightweightSession();
        session.Events.AppendAt(id, 1, new MemberJoined("Frodo"));
        Assert.Throws<EventStreamUnexpectedMaxEventIdException>(() => session.Events.AppendAt(id, 5, new MemberJoined("Sam")));
    }

    [Fact]
    public async Task a_loser_burns_no_sequence_number()
    {
        var id = await StartAsync();
        var before = await Store.Log.HighWaterMarkAsync();
        for (var i = 0; i < 3; i++)
        {
            await using var loser = Store.LightweightSession();
            loser.Events.AppendAt(id, 7, new MemberJoined("Boromir"));
            await Assert.ThrowsAsync<EventStreamUnexpectedMaxEventIdException>(() => loser.SaveChangesAsync());
        }
        await AppendAsync(id, new MemberJoined("Frodo"));

        Assert.Equal(before + 1, (await FetchAsync(id))[^1].Sequence);
    }

    [Fact]
    public async Task of_concurrent_starts_one_wins()
    {
        var id = Guid.NewGuid();
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(async i =>
        {
            await using var session = Store.LightweightSession();
            session.Events.StartStream<Quest>(id, new QuestStarted($"{i}"));
            return await Record.ExceptionAsync(() => session.SaveChangesAsync());
        }));

        Assert.Single(outcomes, o => o is null);
        Assert.All(outcomes.Where(o => o is not null), o => Assert.IsType<ExistingStreamIdCollisionException>(o));
        Assert.Single(await FetchAsync(id));
    }

    [Fact]
    public async Task of_concurrent_appends_at_one_version_one_wins()
    {
        var id = await StartAsync();
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(async i =>
        {
            await using var session = Store.LightweightSession();
            session.Events.AppendAt(id, 1, new MemberJoined($"{i}"));
            return await Record.ExceptionAsync(() => session.SaveChangesAsync());
        }));

        Assert.Single(outcomes, o => o is null);
        Assert.All(outcomes.Where(o => o is not null), o => Assert.IsType<EventStreamUnexpectedMaxEventIdException>(o));
        Assert.Equal(2, (await FetchAsync(id)).Count);
    }

    [Fact]
    public async Task concurrent_appends_without_expectation_all_win_also_where_they_create_the_stream()
    {
        var id = Guid.NewGuid();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => AppendAsync(id, new MemberJoined($"{i}"), new MemberLeft($"{i}"))));

        var events = await FetchAsync(id);
        Assert.Equal(Enumerable.Range(1, 16).Select(v => (long)v), events.Select(e => e.Version));
    }

    [Fact]
    public async Task a_large_batch_keeps_its_order()
    {
        var id = Guid.NewGuid();
        await AppendAsync(id, [.. Enumerable.Range(0, 1000).Select(i => new MonsterSlain("orc", i))]);

        var events = await FetchAsync(id);
        Assert.Equal(Enumerable.Range(0, 1000), events.Select(e => ((MonsterSlain)e.Data).Gold));
        Assert.Equal(events.Select(e => e.Sequence).Order(), events.Select(e => e.Sequence));
    }

    [Fact]
    public async Task text_beyond_ascii_survives()
    {
        var id = await StartAsync(new MemberJoined("Éowyn 🗡 \" \\ \u0007"));
        Assert.Equal(new MemberJoined("Éowyn 🗡 \" \\ \u0007"), (await FetchAsync(id))[1].Data);
    }

    [Fact]
    public async Task a_part_of_a_stream_can_be_fetched()
    {
        var id = await StartAsync(new MemberJoined("1"), new MemberJoined("2"), new MemberJoined("3"));
        await using var session = Store.QuerySession();

        Assert.Equal([1, 2], (await session.Events.FetchStreamAsync(id, version: 2)).Select(e => e.Version));
        Assert.Equal([3, 4], (await session.Events.FetchStreamAsync(id, fromVersion: 3)).Select(e => e.Version));
        Assert.Equal([2, 3], (await session.Events.FetchStreamAsync(id, version: 3, fromVersion: 2)).Select(e => e.Version));
    }

    [Fact]
    public async Task the_head_of_a_stream_is_known()
    {
        var id = await StartAsync(new MemberJoined("Frodo"));
        var created = Tested.Clock.GetUtcNow();
        Tested.Clock.Advance(TimeSpan.FromMinutes(5));
        await AppendAsync(id, new MemberJoined("Sam"));

        await using var session = Store.QuerySession();
        var state = await session.Events.FetchStreamStateAsync(id);

        Assert.NotNull(state);
        Assert.Equal((3, "quest", SessionOptions.DefaultTenant), (state.Version, state.AggregateType, state.TenantId));
        Assert.Equal((created, created.AddMinutes(5)), (state.Created, state.LastTimestamp));
        Assert.Equal((await FetchAsync(id))[^1].Hash.ToArray(), state.HeadHash.ToArray());
        Assert.Null(await session.Events.FetchStreamStateAsync(Guid.NewGuid()));
    }
}
