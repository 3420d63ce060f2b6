using OptiInfra.Testing;

namespace OptiInfra.EventStore.Tests;

/// <summary>An empty store of a test's own, with a clock that the test moves.</summary>
public abstract class StoreUnderTest : IAsyncDisposable
{
    public ManualTimeProvider Clock { get; } = new();

    public abstract IDocumentStore Store { get; }

    /// <summary>Another process's view of the same store, with other settings where given.</summary>
    public abstract IDocumentStore Another(Action<StoreOptions>? configure = null);

    /// <summary>Runs SQL as the owner of the tables; ${schema} stands for the schema.</summary>
    public abstract Task ExecuteAsOwnerAsync(string sql);

    /// <summary>Runs SQL as the application's role, with one value as its result.</summary>
    public abstract Task<object?> ExecuteAsApplicationAsync(string sql);

    /// <summary>Breaks every connection of the application's role to this store.</summary>
    public abstract Task BreakConnectionsAsync();

    public abstract ValueTask DisposeAsync();

    protected static void MapQuest(StoreOptions options) => options.Events
        .MapEventType<QuestStarted>("quest_started")
        .MapEventType<MemberJoined>("member_joined")
        .MapEventType<MemberLeft>("member_left")
        .MapEventType<MonsterSlain>("monster_slain")
        .MapEventType<QuestEnded>("quest_ended")
        .MapEventType<WeatherChanged>("weather_changed");
}
