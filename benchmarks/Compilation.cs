using System.Diagnostics;

namespace OptiInfra.Benchmarks;

/// <summary>Code is compiled to the end before anything is timed: a program that runs for weeks is.</summary>
static class Compilation
{
    static readonly TimeSpan Time = TimeSpan.FromSeconds(10);

    public static async Task RunAsync(Func<Task> work)
    {
        for (var began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < Time;)
            await work();
    }
}
