namespace OptiInfra.EventStore.Tests;

/// <summary>What every implementation of the store promises; one derived class per implementation.</summary>
public abstract class StoreCompliance : IAsyncLifetime
{
    protected static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    protected StoreUnderTest Tested { get; private set; } = null!;
    protected IDocumentStore Store => Tested.Store;

    protected abstract Task<StoreUnderTest> CreateAsync(Action<StoreOptions>? configure);

    /// <summary>Settings that a suite needs besides the event types.</summary>
    protected virtual void Configure(StoreOptions options)
    {
    }

    public async ValueTask InitializeAsync() => Tested = await CreateAsync(Configure);

    public async ValueTask DisposeAsync()
    {
        await Tested.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Starts a quest with these events behind its start.</summary>
    protected async Task<Guid> StartAsync(params object[] events)
    {
        var id = Guid.NewGuid();
        await using var session = Store.LightweightSession();
        session.Events.StartStream<Quest>(id, [new QuestStarted("Ring"), .. events]);
        await session.SaveChangesAsync();
        return id;
    }

    protected async Task AppendAsync(Guid id, params object[] events)
    {
        await using var session = Store.LightweightSession();
        session.Events.Append(id, events);
        await session.SaveChangesAsync();
    }

    protected async Task<IReadOnlyList<IEvent>> FetchAsync(Guid id)
    {
        await using var session = Store.QuerySession();
        return await session.Events.FetchStreamAsync(id);
    }

    protected async Task<Quest?> AggregateAsync(Guid id)
    {
        await using var session = Store.QuerySession();
        return await session.Events.AggregateStreamAsync<Quest>(id);
    }
}
