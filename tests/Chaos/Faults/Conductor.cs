using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace OptiInfra.Chaos.Faults;

/// <summary>
/// Lets faults happen at random moments: a deck of all kinds is shuffled and dealt, and shuffled again when it is empty, so that
/// each kind comes about as often as any other. The cloud, whose faults take no time, has a deck of its own.
/// </summary>
sealed class Conductor(ChaosScene scene, int seed, int hands, Action<string> say)
{
    readonly ConcurrentDictionary<string, int> happened = new(StringComparer.Ordinal);
    readonly Stopwatch watch = Stopwatch.StartNew();

    /// <summary>How often each kind happened.</summary>
    public IReadOnlyDictionary<string, int> Happened => happened;

    /// <summary>Whether each kind happened at least once.</summary>
    public bool EachHappened => Here.All(fault => happened.ContainsKey(fault.Name));

    static IReadOnlyList<Fault> Here { get; } = [.. ProcessFaults.All, .. ServiceFaults.All, .. ConnectionFaults.All];

    /// <summary>Goes on until it is cancelled; a fault that has begun is ended first.</summary>
    public Task RunAsync(CancellationToken cancellationToken)
    {
        var here = new Deck(Here, new Random(seed));
        var cloud = new Deck(CloudFaults.All, new Random(seed));
        return Task.WhenAll(
            Enumerable.Range(1, hands).Select(hand => RunAsync(here, new Random(unchecked(seed * 31 + hand)), longestPause: 4000, cancellationToken))
                .Append(RunAsync(cloud, new Random(unchecked(seed * 31)), longestPause: 12000, cancellationToken)));
    }

    /// <param name="longestPause">Milliseconds between two faults, at most.</param>
    async Task RunAsync(Deck deck, Random own, int longestPause, CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(own.Next(300, longestPause)), TimeProvider.System, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (cancellationToken.IsCancellationRequested)
                return;
            var fault = deck.Deal();
            var began = watch.Elapsed;
            var what = await fault.HappenAsync(scene, own, cancellationToken);
            happened.AddOrUpdate(fault.Name, 1, (_, times) => times + 1);
            say(string.Create(CultureInfo.InvariantCulture, $"{began.TotalSeconds,6:0.0} s  {fault.Name}: {what} ({(watch.Elapsed - began).TotalSeconds:0.0} s)"));
        }
    }
}

/// <summary>Kinds of faults in random order; every kind comes before one comes again.</summary>
sealed class Deck(IReadOnlyList<Fault> kinds, Random chance)
{
    readonly Lock dealing = new();
    Queue<Fault> left = [];

    public Fault Deal()
    {
        lock (dealing)
        {
            if (left.Count == 0)
            {
                Fault[] all = [.. kinds];
                chance.Shuffle(all);
                left = new(all);
            }

            return left.Dequeue();
        }
    }
}
