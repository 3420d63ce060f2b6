namespace OptiInfra.EventStore;

/// <summary>Growing pauses between attempts to reach the server, by the wall's clock: 0.2 s, doubling to 5 s.</summary>
sealed class Backoff
{
    static readonly TimeSpan First = TimeSpan.FromMilliseconds(200);
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    public TimeSpan Delay { get; private set; } = First;

    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        var delay = Delay;
        Delay = delay * 2 < Longest ? delay * 2 : Longest;
        await Task.Delay(delay, TimeProvider.System, cancellationToken);
    }

    /// <returns>Whether there was a failure before.</returns>
    public bool Reset()
    {
        var failed = Delay != First;
        Delay = First;
        return failed;
    }
}
