using System.Reflection;
using MassTransit;
using OptiInfra.Messaging.Configuration;

namespace OptiInfra.Messaging.Tests;

public sealed class queues_are_declared_before_anything_is_published
{
    [Fact]
    public async Task a_bus_that_does_not_stop_holds_nothing_up()
    {
        var bus = BusThatStops(new TaskCompletionSource().Task);
        Assert.False(await DeclaredTopology.IsStoppedAsync(bus, TimeSpan.FromMilliseconds(50), CancellationToken.None));
    }

    [Fact]
    public async Task a_bus_that_stops_is_waited_for()
    {
        var stopping = new TaskCompletionSource();
        var stopped = DeclaredTopology.IsStoppedAsync(BusThatStops(stopping.Task), TimeSpan.FromSeconds(20), CancellationToken.None);
        Assert.False(stopped.IsCompleted);
        stopping.SetResult();
        Assert.True(await stopped);
    }

    [Fact]
    public async Task a_bus_that_fails_to_stop_says_why()
    {
        var bus = BusThatStops(Task.FromException(new InvalidOperationException("no broker")));
        var said = await Assert.ThrowsAsync<InvalidOperationException>(() => DeclaredTopology.IsStoppedAsync(bus, TimeSpan.FromSeconds(20), CancellationToken.None));
        Assert.Equal("no broker", said.Message);
    }

    [Fact]
    public async Task who_is_stopped_himself_does_not_wait_for_the_bus()
    {
        using var stop = new CancellationTokenSource();
        var stopped = DeclaredTopology.IsStoppedAsync(BusThatStops(new TaskCompletionSource().Task), TimeSpan.FromSeconds(20), stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stopped);
    }

    static IBusControl BusThatStops(Task stopping)
    {
        var bus = DispatchProxy.Create<IBusControl, Stops>();
        ((Stops)(object)bus).Stopping = stopping;
        return bus;
    }

    /// <summary>Nothing of a bus but its end.</summary>
    public class Stops : DispatchProxy
    {
        public Task Stopping { get; set; } = Task.CompletedTask;

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
            => targetMethod?.Name == nameof(IBusControl.StopAsync) ? Stopping : throw new NotSupportedException(targetMethod?.Name);
    }
}
