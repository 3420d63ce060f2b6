using OptiInfra.Agents.Cost;
using OptiInfra.Cli.Output;
using Spectre.Console;

namespace OptiInfra.Cli.Analyze;

/// <summary>A bar per step of an observation, on standard error; nothing where nobody looks.</summary>
static class ObservationProgressBar
{
    public static async Task<T> RunAsync<T>(Func<IProgress<ObservationProgress>?, Task<T>> work)
    {
        if (Console.IsErrorRedirected)
            return await work(null);
        return await Terminal.Create(Console.Error, plain: false).Progress().AutoClear(true).StartAsync(async context =>
        {
            var bars = new Dictionary<string, ProgressTask>(StringComparer.Ordinal);
            return await work(new Relayed<ObservationProgress>(step =>
            {
                lock (bars)
                {
                    if (!bars.TryGetValue(step.Step, out var bar))
                        bars[step.Step] = bar = context.AddTask(step.Step);
                    bar.IsIndeterminate = step.Of == 0;
                    bar.MaxValue = Math.Max(1, step.Of);
                    bar.Value = step.Done;
                }
            }));
        });
    }
}
