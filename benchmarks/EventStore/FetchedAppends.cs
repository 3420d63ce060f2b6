using System.Diagnostics;
using OptiInfra.EventStore;

namespace OptiInfra.Benchmarks.EventStore;

/// <summary>What a command handler does: fetch a stream and fold it, append one event at the version that was read, commit.</summary>
sealed class FetchedAppends(IDocumentStore store)
{
    public const int Writers = 16;
    const int Streams = 1000;
    const int EventsBefore = 10;

    public static string Description => $"FetchForWriting of one of {Streams:N0} streams at random, which begin with {EventsBefore} events each, then one event appended at the version that was read; conflicts are not counted.";

    /// <summary>How often an instance moved, and what it costs now.</summary>
    sealed record InstanceCost(int Moves, decimal HourlyUsd)
    {
        public static InstanceCost Create(InstanceMoved moved) => new(1, moved.SpotHourlyUsd);
        public InstanceCost Apply(InstanceMoved moved) => new(Moves + 1, moved.SpotHourlyUsd);
    }

    /// <returns>Appends per second; the streams' first events are not counted.</returns>
    public async Task<double> RunAsync(TimeSpan duration, CancellationToken cancellationToken)
    {
        var streams = Enumerable.Range(0, Streams).Select(_ => Guid.NewGuid()).ToArray();
        foreach (var chunk in streams.Chunk(50))
        {
            await using var session = store.LightweightSession();
            foreach (var stream in chunk)
                session.Events.StartStream<InstanceCost>(stream, [.. Enumerable.Range(0, EventsBefore).Select(InstanceMoved.Sample)]);
            await session.SaveChangesAsync(cancellationToken);
        }

        var watch = Stopwatch.StartNew();
        var appended = await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(
            () => WriteAsync(new Random(writer), streams, watch, duration, cancellationToken), cancellationToken)));
        return appended.Sum() / watch.Elapsed.TotalSeconds;
    }

    async Task<long> WriteAsync(Random random, Guid[] streams, Stopwatch watch, TimeSpan duration, CancellationToken cancellationToken)
    {
        long count = 0;
        while (watch.Elapsed < duration)
        {
            await using var session = store.LightweightSession();
            var stream = await session.Events.FetchForWriting<InstanceCost>(streams[random.Next(streams.Length)], cancellationToken);
            stream.AppendOne(InstanceMoved.Sample(stream.Aggregate!.Moves));
            try
            {
                await session.SaveChangesAsync(cancellationToken);
                count++;
            }
            catch (ConcurrencyException)
            {
                // another writer took the same stream
            }
        }
        return count;
    }
}
