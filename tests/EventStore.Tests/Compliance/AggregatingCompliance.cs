namespace OptiInfra.EventStore.Tests;

public abstract class AggregatingCompliance : StoreCompliance
{
    [Fact]
    public async Task an_aggregate_is_folded_from_its_events()
    {
        var id = await StartAsync(new MemberJoined("Frodo"), new MemberJoined("Boromir"), new MonsterSlain("orc", 7), new MemberLeft("Boromir"), new QuestEnded("destroyed"));

        var quest = await AggregateAsync(id);

        Assert.NotNull(quest);
        Assert.Equal((id, "Ring", 7, "destroyed", 6), (quest.Id, quest.Name, quest.Gold, quest.Outcome, quest.LastVersion));
        Assert.Equal(["Frodo"], quest.Members);
    }

    [Fact]
    public async Task there_is_no_aggregate_without_a_stream()
        => Assert.Null(await AggregateAsync(Guid.NewGuid()));

    [Fact]
    public async Task events_without_a_method_are_ignored()
    {
        var id = await StartAsync(new WeatherChanged("rain"), new MemberJoined("Frodo"));
        Assert.Equal(["Frodo"], (await AggregateAsync(id))!.Members);
    }

    [Fact]
    public async Task an_aggregate_is_seen_as_it_was_at_a_version()
    {
        var id = await StartAsync(new MemberJoined("Frodo"), new MemberJoined("Sam"));
        await using var session = Store.QuerySession();
        Assert.Equal(["Frodo"], (await session.Events.AggregateStreamAsync<Quest>(id, version: 2))!.Members);
    }

    [Fact]
    public async Task an_aggregate_is_seen_as_it_was_at_a_time()
    {
        var id = await StartAsync();
        Tested.Clock.Advance(TimeSpan.FromHours(1));
        await AppendAsync(id, new MemberJoined("Frodo"));
        var then = Tested.Clock.GetUtcNow();
        Tested.Clock.Advance(TimeSpan.FromHours(1));
        await AppendAsync(id, new MemberJoined("Sam"));

        await using var session = Store.QuerySession();
        Assert.Equal(["Frodo"], (await session.Events.AggregateStreamAsync<Quest>(id, timestamp: then))!.Members);
        Assert.Empty((await session.Events.AggregateStreamAsync<Quest>(id, timestamp: then.AddMicroseconds(-1)))!.Members);
        Assert.Null(await session.Events.AggregateStreamAsync<Quest>(id, timestamp: then.AddHours(-2)));
        Assert.Equal(2, (await session.Events.FetchStreamAsync(id, timestamp: then)).Count);
    }

    [Fact]
    public async Task a_time_cuts_a_stream_at_one_place_also_where_clocks_disagreed()
    {
        var id = await StartAsync();
        var then = Tested.Clock.GetUtcNow();
        Tested.Clock.Advance(TimeSpan.FromHours(1));
        await using (var fast = Store.LightweightSession())
        {
            fast.Events.Append(id, new MemberJoined("Frodo"));
            await fast.SaveChangesAsync();
        }
        var slow = Tested.Another(o => o.TimeProvider = new OptiInfra.Testing.ManualTimeProvider(then));
        await using (var session = slow.LightweightSession())
        {
            session.Events.Append(id, new MemberLeft("Frodo"));
            await session.SaveChangesAsync();
        }

        await using var query = Store.QuerySession();
        Assert.Single(await query.Events.FetchStreamAsync(id, timestamp: then));
    }

    [Fact]
    public async Task a_state_with_an_empty_constructor_begins_empty()
    {
        var id = await StartAsync(new MonsterSlain("orc", 7), new MonsterSlain("troll", 5));
        await using var session = Store.QuerySession();
        Assert.Equal(12, (await session.Events.AggregateStreamAsync<Treasury>(id))!.Gold);
    }

    [Fact]
    public async Task fetching_for_writing_gives_the_aggregate_and_its_version()
    {
        var id = await StartAsync(new MemberJoined("Frodo"));
        await using var session = Store.LightweightSession();

        var stream = await session.Events.FetchForWriting<Quest>(id);

        Assert.Equal((id, 2, 2), (stream.Id, stream.StartingVersion, stream.CurrentVersion));
        Assert.Equal(["Frodo"], stream.Aggregate!.Members);
    }

    [Fact]
    public async Task fetching_a_stream_that_does_not_exist_gives_nothing_and_starts_it()
    {
        var id = Guid.NewGuid();
        await using var session = Store.LightweightSession();
        var stream = await session.Events.FetchForWriting<Quest>(id);
        Assert.Equal((null, 0), (stream.Aggregate, stream.StartingVersion));
        stream.AppendOne(new QuestStarted("Ring"));
        await session.SaveChangesAsync();

        Assert.Equal("Ring", (await AggregateAsync(id))!.Name);
        Assert.Equal("quest", (await session.Events.FetchStreamStateAsync(id))!.AggregateType);
    }

    [Fact]
    public async Task pending_events_are_applied_to_the_fetched_aggregate()
    {
        var id = await StartAsync();
        await using var session = Store.LightweightSession();
        var stream = await session.Events.FetchForWriting<Quest>(id);
        stream.AppendMany(new MemberJoined("Frodo"), new MemberJoined("Sam"));
        stream.AppendOne(new QuestEnded("won"));

        Assert.Equal((1, 4), (stream.StartingVersion, stream.CurrentVersion));
        Assert.Equal(["Frodo", "Sam"], stream.Aggregate!.Members);
        Assert.Equal(4, stream.Aggregate.LastVersion);
    }

    [Fact]
    public async Task fetching_twice_in_one_session_gives_the_same_stream()
    {
        var id = await StartAsync();
        await using var session = Store.LightweightSession();
        var first = await session.Events.FetchForWriting<Quest>(id);
        first.AppendOne(new MemberJoined("Frodo"));
        var second = await session.Events.FetchForWriting<Quest>(id);

        Assert.Equal(["Frodo"], second.Aggregate!.Members);
        second.AppendOne(new MemberJoined("Sam"));
        await session.SaveChangesAsync();
        Assert.Equal(["Frodo", "Sam"], (await AggregateAsync(id))!.Members);
    }

    [Fact]
    public async Task one_stream_can_be_fetched_as_two_aggregates()
    {
        var id = await StartAsync(new MonsterSlain("orc", 3));
        await using var session = Store.LightweightSession();
        var quest = await session.Events.FetchForWriting<Quest>(id);
        var treasury = await session.Events.FetchForWriting<Treasury>(id);
        quest.AppendOne(new MonsterSlain("troll", 4));

        Assert.Equal((7, 7), (quest.Aggregate!.Gold, treasury.Aggregate!.Gold));
        await session.SaveChangesAsync();
        Assert.Equal(3, (await FetchAsync(id)).Count);
    }

    [Fact]
    public async Task events_appended_before_fetching_are_applied_too()
    {
        var id = await StartAsync();
        await using var session = Store.LightweightSession();
        session.Events.Append(id, new MemberJoined("Frodo"));
        var stream = await session.Events.FetchForWriting<Quest>(id);

        Assert.Equal((1, 2), (stream.StartingVersion, stream.CurrentVersion));
        Assert.Equal(["Frodo"], stream.Aggregate!.Members);
        await session.SaveChangesAsync();
        Assert.Equal(2, (await FetchAsync(id)).Count);
    }

    [Fact]
    public async Task a_stream_started_in_the_session_can_be_fetched_in_it()
    {
        var id = Guid.NewGuid();
        await using var session = Store.LightweightSession();
        session.Events.StartStream<Quest>(id, new QuestStarted("Ring"));
        var stream = await session.Events.FetchForWriting<Quest>(id);
        stream.AppendOne(new MemberJoined("Frodo"));
        await session.SaveChangesAsync();
        Assert.Equal(["Frodo"], (await AggregateAsync(id))!.Members);
    }

    [Fact]
    public async Task what_changed_between_fetching_and_saving_is_a_conflict()
    {
        var id = await StartAsync();
        await using var session = Store.LightweightSession();
        var stream = await session.Events.FetchForWriting<Quest>(id);
        await AppendAsync(id, new MemberJoined("Sam"));
        stream.AppendOne(new MemberJoined("Frodo"));

        var conflict = await Assert.ThrowsAsync<EventStreamUnexpectedMaxEventIdException>(() => session.SaveChangesAsync());
        Assert.Equal((1, 2), (conflict.Expected, conflict.Actual));
    }

    [Fact]
    public async Task a_stream_started_by_another_between_fetching_and_saving_is_a_conflict()
    {
        var id = Guid.NewGuid();
        await using var session = Store.LightweightSession();
        var stream = await session.Events.FetchForWriting<Quest>(id);
        await AppendAsync(id, new QuestStarted("Other"));
        stream.AppendOne(new QuestStarted("Mine"));

        await Assert.ThrowsAnyAsync<ConcurrencyException>(() => session.SaveChangesAsync());
    }

    [Fact]
    public async Task the_version_that_the_caller_saw_is_checked_at_once()
    {
        var id = await StartAsync(new MemberJoined("Frodo"));
        await using var session = Store.LightweightSession();

        Assert.Equal(2, (await session.Events.FetchForWriting<Quest>(id, 2)).CurrentVersion);
        await Assert.ThrowsAsync<EventStreamUnexpectedMaxEventIdException>(() => session.Events.FetchForWriting<Quest>(id, 1));
    }

    [Fact]
    public async Task appending_to_a_stream_of_a_finished_unit_of_work_is_refused()
    {
        var id = await StartAsync();
        await using var session = Store.LightweightSession();
        var stream = await session.Events.FetchForWriting<Quest>(id);
        stream.AppendOne(new MemberJoined("Frodo"));
        await session.SaveChangesAsync();

        Assert.Throws<InvalidOperationException>(() => stream.AppendOne(new MemberJoined("Sam")));
    }
}
