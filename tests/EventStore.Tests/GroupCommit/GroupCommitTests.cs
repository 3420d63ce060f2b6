using Npgsql;

namespace OptiInfra.EventStore.Tests;

/// <summary>Saves that go together: each has the outcome that it would have had alone.</summary>
public sealed class GroupCommitTests : GroupCommitScene
{
    static readonly MonsterSlain Orc = new("orc", 1);

    [Fact]
    public async Task saves_that_meet_share_one_transaction()
    {
        await using var busy = await OccupyAsync();
        var saves = Enumerable.Range(0, 20).Select(_ => AppendAsync(Guid.NewGuid(), 0, Orc, Orc)).ToArray();
        await busy.OpenAsync();
        await Task.WhenAll(saves);

        Assert.Equal(1, await TransactionsAsync(0));
        var read = (await Store.Log.ReadAsync(0, 100)).Events;
        Assert.Equal(Enumerable.Range(1, 40).Select(s => (long)s), read.Select(e => e.Sequence));
        Assert.True((await Store.VerifyAsync()).IsIntact);
    }

    [Fact]
    public async Task a_save_that_meets_nobody_goes_at_once_and_alone()
    {
        await StartAsync();
        await StartAsync();
        Assert.Equal(2, await TransactionsAsync(0));
    }

    [Fact]
    public async Task a_conflict_in_the_middle_of_a_group_is_that_saves_own_and_burns_no_number()
    {
        var (first, stale, taken, last) = (await StartAsync(), await StartAsync(), await StartAsync(), await StartAsync());
        var foreign = Guid.NewGuid();
        await SaveAsync(s => s.Events.StartStream<Quest>(foreign, new QuestStarted("B's")), options: new() { TenantId = "b" });
        var before = await Store.Log.HighWaterMarkAsync();

        await using var busy = await OccupyAsync();
        var good = AppendAsync(first, 1, Orc);
        var behind = OutcomeAsync(() => AppendAsync(stale, 7, Orc, Orc));
        var absent = OutcomeAsync(() => AppendAsync(Guid.NewGuid(), 3, Orc));
        var collision = OutcomeAsync(() => SaveAsync(s => s.Events.StartStream<Quest>(taken, new QuestStarted("again"))));
        var stranger = OutcomeAsync(() => SaveAsync(s => s.Events.Append(foreign, Orc)));
        var late = AppendAsync(last, 1, Orc, Orc);
        await busy.OpenAsync();
        await Task.WhenAll(good, late);

        var unexpected = Assert.IsType<EventStreamUnexpectedMaxEventIdException>(await behind);
        Assert.Equal((stale, 7L, 1L), (unexpected.StreamId, unexpected.Expected, unexpected.Actual));
        Assert.Equal((3L, 0L), await absent is EventStreamUnexpectedMaxEventIdException e ? (e.Expected, e.Actual) : default);
        Assert.Equal(taken, Assert.IsType<ExistingStreamIdCollisionException>(await collision).StreamId);
        Assert.IsType<StreamOfAnotherTenantException>(await stranger);
        Assert.Equal(1, await TransactionsAsync(before));
        var read = (await Store.Log.ReadAsync(before, 100)).Events;
        Assert.Equal([before + 1, before + 2, before + 3], read.Select(e => e.Sequence));
        Assert.Equal(before + 3, await Store.Log.HighWaterMarkAsync());
        Assert.Single(await FetchAsync(stale));
        Assert.True((await Store.VerifyAsync()).IsIntact);
    }

    [Fact]
    public async Task saves_of_one_stream_stay_in_order_and_see_each_others_versions()
    {
        var id = await StartAsync();
        var fresh = Guid.NewGuid();
        var before = await Store.Log.HighWaterMarkAsync();
        await using var busy = await OccupyAsync();
        Task[] saves =
        [
            AppendAsync(id, 1, new MemberJoined("1"), new MemberJoined("2")),
            AppendAsync(fresh, 0, new MemberJoined("a")),
            AppendAsync(id, 3, new MemberJoined("3")),
            SaveAsync(s =>
            {
                s.Events.AppendAt(id, 4, new MemberJoined("4"));
                s.Store(new Treasure("ring", 1));
            }),
            AppendAsync(fresh, 1, new MemberJoined("b")),
            AppendAsync(id, 5, new MemberJoined("5")),
            SaveAsync(s => s.Events.Append(id, new MemberJoined("6"))),
        ];
        await busy.OpenAsync();
        await Task.WhenAll(saves);

        Assert.Equal(1, await TransactionsAsync(before));
        Assert.Equal(["1", "2", "3", "4", "5", "6"], (await FetchAsync(id)).Skip(1).Select(e => ((MemberJoined)e.Data).Member));
        Assert.Equal(["a", "b"], (await FetchAsync(fresh)).Select(e => ((MemberJoined)e.Data).Member));
        Assert.True((await Store.VerifyAsync()).IsIntact);
    }

    [Fact]
    public async Task a_save_of_several_things_that_fails_takes_nobody_with_it()
    {
        await SaveAsync(s => s.Insert(new Treasure("ring", 1)));
        var before = await Store.Log.HighWaterMarkAsync();
        await using var busy = await OccupyAsync();
        var calls = 0;
        var (lost, first, second) = (Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid());
        var good = AppendAsync(first, 0, Orc);
        var failing = OutcomeAsync(() => SaveAsync(s =>
        {
            s.Insert(new Treasure("ring", 2));
            s.Events.Append(lost, Orc);
            s.OnCommitted(() => calls += 100);
        }));
        var also = SaveAsync(s =>
        {
            s.Insert(new Treasure("sword", 3));
            s.QueueSqlCommand("select 1 union all select 2");
            s.Events.Append(second, Orc);
            s.OnCommitted(() => calls++);
        });
        await busy.OpenAsync();
        await Task.WhenAll(good, also);

        Assert.Equal("Treasure ring exists already", Assert.IsType<ConcurrencyException>(await failing).Message);
        Assert.Empty(await FetchAsync(lost));
        Assert.Equal(1, calls);
        Assert.Equal(1, await TransactionsAsync(before));
        Assert.Single(await FetchAsync(first));
        Assert.Single(await FetchAsync(second));
        await using var session = Store.QuerySession();
        Assert.Equal((1, 3), ((await session.LoadAsync<Treasure>("ring"))!.Gold, (await session.LoadAsync<Treasure>("sword"))!.Gold));
    }

    [Fact]
    public async Task sql_that_fails_in_many_ways_at_once_still_leaves_everybody_their_own_outcome()
    {
        await using var busy = await OccupyAsync();
        var outcomes = Enumerable.Range(0, 12).Select(i => OutcomeAsync(() => SaveAsync(s =>
        {
            s.Events.Append(Guid.NewGuid(), Orc);
            if (i % 2 == 0)
                s.QueueSqlCommand($"select 1 / {i - i}");
        }))).ToArray();
        await busy.OpenAsync();
        for (var i = 0; i < outcomes.Length; i++)
            if (i % 2 == 0)
                Assert.Equal(PostgresErrorCodes.DivisionByZero, Assert.IsType<PostgresException>(await outcomes[i]).SqlState);
            else
                Assert.Null(await outcomes[i]);
        Assert.Equal(6, (await Store.Log.ReadAsync(0, 100)).Events.Count);
        Assert.True((await Store.VerifyAsync()).IsIntact);
    }

    [Fact]
    public async Task an_operation_that_cannot_even_be_sent_takes_nobody_with_it()
    {
        await using var busy = await OccupyAsync();
        var good = Enumerable.Range(0, 3).Select(_ => AppendAsync(Guid.NewGuid(), 0, Orc)).ToArray();
        var unsendable = OutcomeAsync(() => SaveAsync(s =>
        {
            s.Events.Append(Guid.NewGuid(), Orc);
            s.QueueSqlCommand("select $1", new Treasure("no type of PostgreSQL's", 1));
        }));
        await busy.OpenAsync();
        await Task.WhenAll(good);
        Assert.IsType<InvalidCastException>(await unsendable);
        Assert.Equal(3, (await Store.Log.ReadAsync(0, 10)).Events.Count);
    }

    [Fact]
    public async Task who_gives_up_while_waiting_has_written_nothing_and_disturbs_nobody()
    {
        using var stop = new CancellationTokenSource();
        var (given, kept) = (Guid.NewGuid(), Guid.NewGuid());
        await using var busy = await OccupyAsync();
        var giving = SaveAsync(s => s.Events.Append(given, Orc), cancellationToken: stop.Token);
        var keeping = AppendAsync(kept, 0, Orc);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => giving);
        await busy.OpenAsync();
        await keeping;
        Assert.Empty(await FetchAsync(given));
        Assert.Single(await FetchAsync(kept));
    }

    [Fact]
    public async Task who_gives_up_after_the_group_has_left_disturbs_nobody()
    {
        using var stop = new CancellationTokenSource();
        var kept = Guid.NewGuid();
        await using var busy = await OccupyAsync();
        await using var underWay = await SqlGate.ShutAsync(Tested);
        var giving = SaveAsync(s => s.QueueSqlCommand(underWay.Pass), cancellationToken: stop.Token);
        var keeping = AppendAsync(kept, 0, Orc);
        await busy.OpenAsync();
        await underWay.WaitedAtAsync(by: 1, Bound);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => giving);
        await underWay.OpenAsync();
        await keeping;
        Assert.Single(await FetchAsync(kept));
    }

    [Fact]
    public async Task a_connection_lost_in_the_middle_of_a_group_is_everybodys_error()
    {
        await using var busy = await OccupyAsync();
        await using var underWay = await SqlGate.ShutAsync(Tested);
        var outcomes = Enumerable.Range(0, 5).Select(_ => OutcomeAsync(() => AppendAsync(Guid.NewGuid(), 0, Orc))).ToList();
        outcomes.Add(OutcomeAsync(() => SaveAsync(s =>
        {
            s.Events.Append(Guid.NewGuid(), Orc);
            s.QueueSqlCommand(underWay.Pass);
        })));
        await busy.OpenAsync();
        await underWay.WaitedAtAsync(by: 1, Bound);
        await underWay.KillAsync();

        foreach (var outcome in outcomes)
            Assert.True(PostgresErrors.IsConnectionLoss(Assert.IsAssignableFrom<NpgsqlException>(await outcome.WaitAsync(Bound))));
        Assert.Empty((await Store.Log.ReadAsync(0, 10)).Events);
        await StartAsync();
        Assert.Single((await Store.Log.ReadAsync(0, 10)).Events);
    }

    [Fact]
    public async Task who_waits_for_a_lock_holds_up_nobody_else()
    {
        var blocked = await StartAsync();
        await using var holder = Store.LightweightSession();
        await holder.ExecuteAsync([new Scalar($"select 1 from {Tested.Schema}.streams where id = '{blocked}' for update")]);
        var waiting = Enumerable.Range(0, 6).Select(i => SaveAsync(s => s.Events.Append(blocked, Orc))).ToArray();

        for (var i = 0; i < 3; i++)
            await AppendAsync(Guid.NewGuid(), 0, Orc).WaitAsync(Bound);
        Assert.All(waiting, w => Assert.False(w.IsCompleted));

        await holder.DisposeAsync();
        await Task.WhenAll(waiting).WaitAsync(Bound);
        Assert.Equal(7, (await FetchAsync(blocked)).Count);
    }

    [Fact]
    public async Task who_is_held_up_by_something_else_than_a_lock_holds_up_nobody_else_either()
    {
        await using var gate = await SqlGate.ShutAsync(Tested);
        for (var i = 1; i <= 4; i++)
        {
            gate.Passing.Add(SaveAsync(s => s.QueueSqlCommand(gate.Pass)));
            await gate.WaitedAtAsync(by: i, Bound);
        }

        for (var i = 0; i < 3; i++)
            await AppendAsync(Guid.NewGuid(), 0, Orc).WaitAsync(Bound);
        Assert.All(gate.Passing, p => Assert.False(p.IsCompleted));
        await gate.OpenAsync();
    }

    [Fact]
    public async Task saves_that_follow_each_other_share_a_connection_however_many_there_are()
    {
        await using (var busy = await OccupyAsync())
            await busy.OpenAsync();

        for (var i = 0; i < 10; i++)
            await SaveAsync(s => s.QueueSqlCommand($"insert into {Tested.Schema}.doc_treasure values ('default', '{i}', json_build_object('id', '{i}', 'gold', pg_backend_pid()), now())"));

        await using var session = Store.QuerySession();
        var servers = (await session.QueryAsync<Treasure>("")).Select(t => t.Gold).ToList();
        Assert.Equal(10, servers.Count);
        Assert.Single(servers.Distinct());
    }

    [Fact]
    public async Task connections_that_were_lost_while_they_rested_cost_one_save_its_outcome_and_not_each_its_own()
    {
        await using (var busy = await OccupyAsync())
            await busy.OpenAsync();
        await Tested.BreakConnectionsAsync();

        var first = await OutcomeAsync(() => AppendAsync(Guid.NewGuid(), 0, Orc));
        var next = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => OutcomeAsync(() => AppendAsync(Guid.NewGuid(), 0, Orc))));

        Assert.True(first is not null && PostgresErrors.IsConnectionLoss(first), $"{first}");
        Assert.All(next, Assert.Null);
        Assert.Equal(8, (await Store.Log.ReadAsync(0, 100)).Events.Count);
    }
}
