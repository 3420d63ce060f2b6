using OptiInfra.Testing;

namespace OptiInfra.EventStore.Tests;

/// <summary>A store whose group commit is kept busy, so that the saves that come meanwhile go together.</summary>
public abstract class GroupCommitScene : IAsyncLifetime
{
    /// <summary>One, and those that are lost to whoever waits.</summary>
    const int Places = 1 + 4;
    protected static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    protected PostgresStore Tested { get; private set; } = null!;
    protected IDocumentStore Store => Tested.Store;

    public async ValueTask InitializeAsync() => Tested = await PostgresStore.CreateAsync(o => o.Schema.For<Treasure>());

    public async ValueTask DisposeAsync()
    {
        await Tested.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Saves that come until the gate opens wait, and then go as one group.</summary>
    protected async Task<SqlGate> OccupyAsync()
    {
        var gate = await SqlGate.ShutAsync(Tested);
        for (var i = 1; i <= Places; i++)
        {
            gate.Passing.Add(SaveAsync(s => s.QueueSqlCommand(gate.Pass)));
            await gate.WaitedAtAsync(by: i, Bound);
        }
        return gate;
    }

    /// <summary>Begins a save at once; its place in the order is that of the call.</summary>
    protected async Task SaveAsync(Action<IDocumentSession> fill, SessionOptions? options = null, CancellationToken cancellationToken = default)
    {
        await using var session = Store.LightweightSession(options);
        fill(session);
        await session.SaveChangesAsync(cancellationToken);
    }

    /// <summary>What a save that begins now will have thrown.</summary>
    protected static async Task<Exception?> OutcomeAsync(Func<Task> save) => await Record.ExceptionAsync(save);

    protected Task AppendAsync(Guid stream, long expected, params object[] events) => SaveAsync(s => s.Events.AppendAt(stream, expected, events));

    protected async Task<Guid> StartAsync()
    {
        var id = Guid.NewGuid();
        await SaveAsync(s => s.Events.StartStream<Quest>(id, new QuestStarted("Ring")));
        return id;
    }

    protected async Task<IReadOnlyList<IEvent>> FetchAsync(Guid stream)
    {
        await using var session = Store.QuerySession();
        return await session.Events.FetchStreamAsync(stream);
    }

    /// <summary>In how many transactions the events after a position were written.</summary>
    protected async Task<long> TransactionsAsync(long after) => (long)(await Tested.ExecuteAsApplicationAsync(
        $"select count(distinct xmin::text) from ${{schema}}.events where seq_id > {after}"))!;
}
