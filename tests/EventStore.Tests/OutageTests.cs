using Npgsql;
using OptiInfra.Testing;

namespace OptiInfra.EventStore.Tests;

/// <summary>PostgreSQL not there at the start, and away in the middle.</summary>
public sealed class OutageTests : IAsyncLifetime
{
    static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);
    PostgresStore tested = null!;
    TcpGate gate = null!;
    IDocumentStore distant = null!;

    public async ValueTask InitializeAsync()
    {
        tested = await PostgresStore.CreateAsync(o => o.Projections.Add(new MonsterTallyProjection(), ProjectionLifecycle.Async));
        var server = new NpgsqlConnectionStringBuilder(TestServices.Postgres);
        gate = new TcpGate(server.Host!, server.Port);
        distant = tested.Another(o =>
        {
            o.ConnectionString = Through(o.ConnectionString);
            o.OwnerConnectionString = Through(o.OwnerConnectionString!);
            o.Projections.Add(new MonsterTallyProjection(), ProjectionLifecycle.Async);
        });
    }

    string Through(string connectionString) => new NpgsqlConnectionStringBuilder(connectionString) { Host = "127.0.0.1", Port = gate.Port }.ConnectionString;

    public async ValueTask DisposeAsync()
    {
        await tested.DisposeAsync();
        await gate.DisposeAsync();
    }

    static async Task AppendAsync(IDocumentStore store)
    {
        await using var session = store.LightweightSession();
        session.Events.Append(Guid.NewGuid(), new MonsterSlain("orc", 1));
        await session.SaveChangesAsync();
    }

    [Fact]
    public async Task a_program_waits_for_the_server_and_says_so_once()
    {
        List<string> told = [];
        var waiting = distant.WaitUntilReadyAsync(told.Add);
        await Eventually.TrueAsync(() => told.Count > 0, Bound, "a word about waiting");
        await Task.Delay(TimeSpan.FromSeconds(1));
        Assert.False(waiting.IsCompleted);
        gate.Open();
        await waiting.WaitAsync(Bound);
        Assert.StartsWith($"Waiting for PostgreSQL at 127.0.0.1:{gate.Port}: ", Assert.Single(told), StringComparison.Ordinal);
    }

    [Fact]
    public async Task waiting_can_be_given_up()
    {
        using var stop = new CancellationTokenSource();
        var waiting = distant.WaitUntilReadyAsync(_ => { }, stop.Token);
        var applying = distant.ApplyAllConfiguredChangesToDatabaseAsync(stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(Bound));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => applying.WaitAsync(Bound));
    }

    [Fact]
    public async Task a_server_that_refuses_is_not_waited_for()
    {
        var stranger = tested.Another(o => o.ConnectionString = new NpgsqlConnectionStringBuilder(o.ConnectionString) { Password = "wrong" }.ConnectionString);
        await Assert.ThrowsAsync<PostgresException>(() => stranger.WaitUntilReadyAsync(_ => { }).WaitAsync(Bound));
    }

    [Fact]
    public async Task the_schema_is_applied_when_the_server_has_come()
    {
        var applying = distant.ApplyAllConfiguredChangesToDatabaseAsync();
        await Task.Delay(TimeSpan.FromMilliseconds(300));
        Assert.False(applying.IsCompleted);
        gate.Open();
        await applying.WaitAsync(Bound);
    }

    [Fact]
    public async Task a_follower_and_the_daemon_go_on_after_an_outage_and_miss_nothing()
    {
        gate.Open();
        using var stop = new CancellationTokenSource();
        List<long> seen = [];
        var following = Task.Run(async () =>
        {
            await foreach (var page in distant.Log.FollowAsync(0, 10, stop.Token))
                lock (seen)
                    seen.AddRange(page.Events.Select(e => e.Sequence));
        });
        await using var daemon = distant.BuildProjectionDaemon();
        await daemon.StartAllAsync();
        await AppendAsync(distant);
        await daemon.WaitForNonStaleProjectionDataAsync(Bound);

        await gate.ShutAsync();
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => AppendAsync(distant));
        for (var i = 0; i < 25; i++)
            await AppendAsync(tested.Store);
        gate.Open();

        await daemon.WaitForNonStaleProjectionDataAsync(Bound);
        await Eventually.TrueAsync(() => { lock (seen) return seen.Count == 26; }, Bound, "26 events");
        await AppendAsync(distant);
        await using var session = tested.Store.QuerySession();
        await daemon.WaitForNonStaleProjectionDataAsync(Bound);
        Assert.Equal(27, (await session.LoadAsync<MonsterTally>("orc"))!.Slain);
        await Eventually.TrueAsync(() => { lock (seen) return seen.Count == 27; }, Bound, "27 events");
        await stop.CancelAsync();
        await Record.ExceptionAsync(() => following);
        Assert.Equal(Enumerable.Range(1, 27).Select(i => (long)i), seen);
    }

    [Fact]
    public async Task leadership_passes_to_those_who_still_reach_the_server()
    {
        gate.Open();
        var cutOff = await distant.AcquireLeadershipAsync("relay").WaitAsync(Bound);
        var waiting = tested.Store.AcquireLeadershipAsync("relay");
        await gate.ShutAsync();
        await using var successor = await waiting.WaitAsync(Bound);
        await Eventually.TrueAsync(() => cutOff.Lost.IsCancellationRequested, Bound, "notice of the loss");
    }
}
