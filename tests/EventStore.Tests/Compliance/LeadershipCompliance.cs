using OptiInfra.Testing;

namespace OptiInfra.EventStore.Tests;

public abstract class LeadershipCompliance : StoreCompliance
{
    [Fact]
    public async Task there_is_one_leader_of_a_name_until_it_hands_over()
    {
        var other = Tested.Another();
        var first = await Store.AcquireLeadershipAsync("relay").WaitAsync(Bound);
        var second = other.AcquireLeadershipAsync("relay");
        await using (await other.AcquireLeadershipAsync("something else").WaitAsync(Bound))
            Assert.False(second.IsCompleted);

        await first.DisposeAsync();
        await using var successor = await second.WaitAsync(Bound);
        Assert.False(first.Lost.IsCancellationRequested || successor.Lost.IsCancellationRequested);
    }

    [Fact]
    public async Task one_process_leads_once_too()
    {
        var first = await Store.AcquireLeadershipAsync("relay").WaitAsync(Bound);
        var second = Store.AcquireLeadershipAsync("relay");
        await using (await Store.AcquireLeadershipAsync("something else").WaitAsync(Bound))
            Assert.False(second.IsCompleted);
        await first.DisposeAsync();
        await (await second.WaitAsync(Bound)).DisposeAsync();
    }

    [Fact]
    public async Task a_leader_that_loses_its_connection_is_told_and_another_leads()
    {
        await using var first = await Store.AcquireLeadershipAsync("relay").WaitAsync(Bound);
        var lost = new TaskCompletionSource();
        await using var registration = first.Lost.Register(() => lost.TrySetResult());
        await Tested.BreakConnectionsAsync();
        await using var second = await Tested.Another().AcquireLeadershipAsync("relay").WaitAsync(Bound);
        await lost.Task.WaitAsync(Bound);
        Assert.False(second.Lost.IsCancellationRequested);
    }

    [Fact]
    public async Task a_process_that_ends_hands_over()
    {
        var other = Tested.Another();
        var leadership = await other.AcquireLeadershipAsync("relay").WaitAsync(Bound);
        var waiting = Store.AcquireLeadershipAsync("relay");
        await other.DisposeAsync();
        await (await waiting.WaitAsync(Bound)).DisposeAsync();
        Assert.True(leadership.Lost.IsCancellationRequested);
    }

    [Fact]
    public async Task waiting_can_be_given_up()
    {
        await using var first = await Store.AcquireLeadershipAsync("relay").WaitAsync(Bound);
        using var stop = new CancellationTokenSource();
        var waiting = Store.AcquireLeadershipAsync("relay", stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(Bound));
        await first.DisposeAsync();
        await (await Store.AcquireLeadershipAsync("relay").WaitAsync(Bound)).DisposeAsync();
    }

    [Fact]
    public async Task handing_over_twice_is_handing_over_once()
    {
        var first = await Store.AcquireLeadershipAsync("relay").WaitAsync(Bound);
        await first.DisposeAsync();
        await using var second = await Store.AcquireLeadershipAsync("relay").WaitAsync(Bound);
        await first.DisposeAsync();
        var third = Tested.Another().AcquireLeadershipAsync("relay");
        await Task.Delay(TimeSpan.FromSeconds(1.5));
        Assert.False(third.IsCompleted);
    }
}
