namespace OptiInfra.EventStore.Tests;

public abstract class SessionCompliance : StoreCompliance
{
    protected override void Configure(StoreOptions options) => options.Schema.For<Treasure>();

    protected string Table => $"{Store.Options.DatabaseSchemaName}.doc_treasure";

    [Fact]
    public async Task sql_and_operations_run_in_the_order_of_queueing()
    {
        var count = new Scalar($"select count(*) from {Table}");
        var gold = new Scalar($"select (data->>'gold')::int from {Table} where id = 'b'");
        await using var session = Store.LightweightSession();
        session.Store(new Treasure("a", 1), new Treasure("b", 1));
        session.QueueSqlCommand($"delete from {Table} where id = $1", "a");
        session.QueueSqlCommand($"update {Table} set data = jsonb_set(data, '{{gold}}', $1) where id = 'b' returning id", new Npgsql.NpgsqlParameter { Value = "9", NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Jsonb });
        session.QueueSqlCommand("select 1 union all select 2");
        session.QueueOperation(count);
        session.QueueSqlCommand($"delete from {Table} where id = 'nothing'");
        session.QueueOperation(gold);
        await session.SaveChangesAsync();

        Assert.Equal((1L, 9), (count.Value, gold.Value));
    }

    [Fact]
    public async Task a_null_can_be_a_parameter()
    {
        await using var session = Store.LightweightSession();
        session.QueueSqlCommand($"insert into {Table} (tenant_id, id, data, last_modified) values ('t', coalesce($1, 'none'), '{{}}', now())", new object?[] { null });
        await session.SaveChangesAsync();
        Assert.Equal(1L, await Tested.ExecuteAsApplicationAsync($"select count(*) from {Table} where id = 'none'"));
    }

    [Fact]
    public async Task operations_executed_at_once_are_in_the_transaction()
    {
        await using (var session = Store.LightweightSession())
        {
            await session.ExecuteAsync([new Scalar($"insert into {Table} values ('default', 'x', '{{\"id\":\"x\",\"gold\":1}}', now()) returning 1")]);
            Assert.True(session.HasPendingChanges);
            Assert.NotNull(await session.LoadAsync<Treasure>("x"));
            await using var other = Store.QuerySession();
            Assert.Null(await other.LoadAsync<Treasure>("x"));
            await session.SaveChangesAsync();
            Assert.NotNull(await other.LoadAsync<Treasure>("x"));
        }
    }

    [Fact]
    public async Task a_session_that_is_disposed_unsaved_leaves_nothing_and_no_lock()
    {
        await using (var session = Store.LightweightSession())
            await session.ExecuteAsync([new Scalar($"insert into {Table} values ('default', 'x', '{{\"id\":\"x\",\"gold\":1}}', now()) returning 1")]);
        await using var again = Store.LightweightSession();
        again.Store(new Treasure("x", 2));
        await again.SaveChangesAsync().WaitAsync(Bound);
        Assert.Equal(2, (await again.LoadAsync<Treasure>("x"))!.Gold);
    }

    [Fact]
    public async Task events_queued_work_and_executed_operations_commit_together()
    {
        var id = Guid.NewGuid();
        await using var session = Store.LightweightSession();
        await session.ExecuteAsync([new Scalar("select 1")]);
        session.Events.StartStream<Quest>(id, new QuestStarted("Ring"));
        session.Store(new Treasure("x", 1));
        await session.SaveChangesAsync();
        Assert.Single(await FetchAsync(id));
        Assert.NotNull(await session.LoadAsync<Treasure>("x"));
    }

    [Fact]
    public async Task sql_can_refuse_by_the_number_of_rows_that_it_changed()
    {
        await using var session = Store.LightweightSession();
        session.QueueSqlCommand($"with changed as (update {Table} set data = data where id = 'nothing' returning 1) select {Store.Options.DatabaseSchemaName}.expect_rows(count(*), 1, 'there is nothing') from changed");
        session.Store(new Treasure("x", 1));
        var refusal = await Assert.ThrowsAsync<ConcurrencyException>(() => session.SaveChangesAsync());
        Assert.Equal("there is nothing", refusal.Message);
        await using var query = Store.QuerySession();
        Assert.Null(await query.LoadAsync<Treasure>("x"));
    }

    [Fact]
    public async Task callbacks_are_called_after_a_commit_and_only_then()
    {
        var calls = 0;
        await using (var session = Store.LightweightSession())
        {
            session.OnCommitted(() => calls++);
            session.QueueOperation(new Refusal());
            await Assert.ThrowsAsync<InvalidDataException>(() => session.SaveChangesAsync());
        }
        Assert.Equal(0, calls);
        await using (var session = Store.LightweightSession())
        {
            session.OnCommitted(() => calls++);
            session.Store(new Treasure("x", 1));
            await session.SaveChangesAsync();
            session.Store(new Treasure("x", 2));
            await session.SaveChangesAsync();
        }
        Assert.Equal(1, calls);
    }

    [Fact]
    public async Task after_a_failure_the_session_holds_nothing_any_more()
    {
        var id = await StartAsync();
        await using var session = Store.LightweightSession();
        session.Events.AppendAt(id, 5, new MemberJoined("x"));
        await Assert.ThrowsAsync<EventStreamUnexpectedMaxEventIdException>(() => session.SaveChangesAsync());
        Assert.False(session.HasPendingChanges);
        session.Events.AppendAt(id, 1, new MemberJoined("Frodo"));
        await session.SaveChangesAsync();
        Assert.Equal(2, (await FetchAsync(id)).Count);
    }

    [Fact]
    public async Task crosswise_appends_end_in_a_conflict_not_in_a_hang()
    {
        var (a, b) = (await StartAsync(), await StartAsync());
        using var bothHoldTheFirst = new Barrier(2);
        async Task<Exception?> AppendBothAsync(Guid first, Guid second)
        {
            await using var session = Store.LightweightSession();
            session.Events.Append(first, new MemberJoined("x"));
            await session.ExecuteAsync([new Scalar($"select 1 from {Store.Options.DatabaseSchemaName}.streams where id = '{first}' for update")]);
            await Task.Run(() => Assert.True(bothHoldTheFirst.SignalAndWait(Bound)));
            session.Events.Append(second, new MemberJoined("y"));
            return await Record.ExceptionAsync(() => session.SaveChangesAsync());
        }
        var outcomes = await Task.WhenAll(AppendBothAsync(a, b), AppendBothAsync(b, a)).WaitAsync(Bound);
        Assert.Single(outcomes, o => o is null);
        Assert.Single(outcomes, o => o is ConcurrencyException);
    }
}
