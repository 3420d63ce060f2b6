using Spectre.Console;

namespace OptiInfra.Cli.Output;

/// <summary>A bar on standard error while something long runs; nothing where nobody looks.</summary>
static class ProgressBar
{
    public static Task<T> RunAsync<T>(string what, Func<Action<long, long>, Task<T>> work) => RunAsync(what, (progress, _) => work(progress));

    /// <param name="work">Is given what moves the bar, and what changes the words beside it.</param>
    public static async Task<T> RunAsync<T>(string what, Func<Action<long, long>, Action<string>, Task<T>> work)
    {
        if (Console.IsErrorRedirected)
            return await work((_, _) => { }, _ => { });
        return await Terminal.Create(Console.Error, plain: false).Progress().AutoClear(true).StartAsync(async progress =>
        {
            var bar = progress.AddTask(what, maxValue: 1);
            return await work(
                (done, total) =>
                {
                    bar.MaxValue = Math.Max(1, total);
                    bar.Value = done;
                },
                words => bar.Description = Markup.Escape(words));
        });
    }
}

/// <summary>Progress told at once, on the thread that tells it.</summary>
sealed class Relayed<T>(Action<T> tell) : IProgress<T>
{
    public void Report(T value) => tell(value);
}
