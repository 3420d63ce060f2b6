namespace OptiInfra.EventStore.Tests;

/// <summary>The statements of the group commit hold the in-flight floor as append_events does.</summary>
public sealed class GroupCommitFloor : GroupCommitScene
{
    static readonly MonsterSlain Orc = new("orc", 1);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task the_mark_stays_below_what_is_in_flight(bool single)
    {
        var store = (DocumentStore)Store;
        var id = await StartAsync();
        await using var session = (DocumentSession)store.LightweightSession();
        session.Events.Append(id, Orc);
        var append = session.UnitOfWork.Streams.Single().Operations(store).Single();

        await using var connection = await store.DataSource.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        if (single)
        {
            await using var statement = new SingleAppend(connection, store.Options.QuotedSchema);
            Assert.True(SingleAppend.Fits(append) && await statement.ExecuteAsync(append, CancellationToken.None));
        }
        else
        {
            await using var batch = new OperationBatch(connection);
            batch.Add([new GroupAppendOperation(store, [append])]);
            await batch.ExecuteAsync(CancellationToken.None);
        }
        // drawn later, committed earlier
        await StartAsync();

        Assert.Equal(1, await Store.Log.HighWaterMarkAsync());
        Assert.Equal([1], (await Store.Log.ReadAsync(0, 10)).Events.Select(e => e.Sequence));
        await transaction.CommitAsync();
        Assert.Equal([1, 2, 3], (await Store.Log.ReadAsync(0, 10)).Events.Select(e => e.Sequence));
        Assert.True((await Store.VerifyAsync()).IsIntact);
    }

    [Fact]
    public async Task a_single_append_that_does_not_fit_draws_no_number()
    {
        var id = await StartAsync();
        var refused = await OutcomeAsync(() => AppendAsync(id, 5, Orc));
        var fresh = Guid.NewGuid();
        await SaveAsync(s => s.Events.Append(fresh, Orc));
        await AppendAsync(id, 1, Orc);

        Assert.Equal((5L, 1L), refused is EventStreamUnexpectedMaxEventIdException e ? (e.Expected, e.Actual) : default);
        Assert.Equal([1, 2, 3], (await Store.Log.ReadAsync(0, 10)).Events.Select(e => e.Sequence));
        Assert.Single(await FetchAsync(fresh));
        Assert.True((await Store.VerifyAsync()).IsIntact);
    }

    [Fact]
    public async Task operations_of_one_kind_are_executed_as_one()
    {
        await using var busy = await OccupyAsync();
        var saves = Enumerable.Range(0, 5).Select(i => SaveAsync(s =>
        {
            s.QueueOperation(new Coin(Tested.Schema, i, Coins: 1));
            s.Events.Append(Guid.NewGuid(), Orc);
        })).ToArray();
        await busy.OpenAsync();
        await Task.WhenAll(saves);

        await using var session = Store.QuerySession();
        Assert.Equal(Enumerable.Range(0, 5).Select(i => ($"{i}", 5)), (await session.QueryAsync<Treasure>("order by id")).Select(t => (t.Id, t.Gold)));
        Assert.Equal(1, await TransactionsAsync(0));
    }

    /// <summary>Writes how many coins were written with it.</summary>
    sealed record Coin(string Schema, int Number, int Coins) : ICombinableOperation
    {
        public bool FailsInSql => true;

        public object Kind => typeof(Coin);

        public ISessionOperation Combine(IReadOnlyList<ICombinableOperation> operations) => new Purse([.. operations.Cast<Coin>()]);

        public void Configure(Npgsql.NpgsqlBatch batch) => batch.BatchCommands.Add(new(
            $"insert into {Schema}.doc_treasure values ('default', '{Number}', '{{\"id\":\"{Number}\",\"gold\":{Coins}}}', now())"));

        public Task PostprocessAsync(Npgsql.NpgsqlDataReader reader, CancellationToken cancellationToken) => Task.CompletedTask;
    }

    sealed class Purse(List<Coin> coins) : ISessionOperation
    {
        public void Configure(Npgsql.NpgsqlBatch batch) => coins.ForEach(c => (c with { Coins = coins.Count }).Configure(batch));

        public Task PostprocessAsync(Npgsql.NpgsqlDataReader reader, CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
