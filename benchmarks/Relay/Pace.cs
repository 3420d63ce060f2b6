using System.Diagnostics;

namespace OptiInfra.Benchmarks.Relay;

/// <summary>Does something so many times a second, late ones at once.</summary>
static class Pace
{
    public static async Task RunAsync(int perSecond, TimeSpan length, Func<Task> act, CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        for (var i = 0; i < perSecond * length.TotalSeconds; i++)
        {
            var ahead = TimeSpan.FromSeconds(i / (double)perSecond) - Stopwatch.GetElapsedTime(began);
            if (ahead > TimeSpan.FromMilliseconds(1))
                await Task.Delay(ahead, TimeProvider.System, cancellationToken);
            await act();
        }
    }
}
