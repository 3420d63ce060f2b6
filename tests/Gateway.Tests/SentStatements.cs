using System.Collections.Concurrent;
using System.Diagnostics;

namespace OptiInfra.Gateway.Tests;

/// <summary>The SQL that this process sends while it is there, as Npgsql traces it.</summary>
sealed class SentStatements : IDisposable
{
    readonly ConcurrentQueue<string> all = new();
    readonly ActivityListener listener;

    public SentStatements()
    {
        listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Npgsql",
            Sample = (ref _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                if ((activity.GetTagItem("db.query.text") ?? activity.GetTagItem("db.statement")) is string text)
                    all.Enqueue(text);
            },
        };
        ActivitySource.AddActivityListener(listener);
    }

    public IReadOnlyCollection<string> All => all;

    public void Dispose() => listener.Dispose();
}
