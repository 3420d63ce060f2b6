using System.Diagnostics;

namespace OptiInfra.Testing;

/// <summary>Waits on a condition of the real world, by the real clock, with a bound.</summary>
public static class Eventually
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Asks until the condition holds; it is always asked at least once.</summary>
    /// <param name="what">What is waited for, as it should read in "… did not come true within …".</param>
    /// <exception cref="TimeoutException">The condition did not hold within the bound.</exception>
    public static async Task TrueAsync(Func<Task<bool>> condition, TimeSpan bound, string what)
    {
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            if (watch.Elapsed >= bound)
                throw new TimeoutException($"{what} did not come true within {bound}.");
            await Task.Delay(Pause);
        }
    }

    /// <inheritdoc cref="TrueAsync(Func{Task{bool}}, TimeSpan, string)"/>
    public static Task TrueAsync(Func<bool> condition, TimeSpan bound, string what) =>
        TrueAsync(() => Task.FromResult(condition()), bound, what);
}
