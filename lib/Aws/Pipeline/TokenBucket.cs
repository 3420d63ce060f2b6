namespace OptiInfra.Aws.Pipeline;

/// <summary>How many calls may burst, and how many per second may follow.</summary>
public sealed record TokenBucketLimit(int Size, double RefillPerSecond);

/// <summary>
/// A token bucket in the form that AWS documents: full at first, one token per call, refilled at a steady rate up to its size. Callers
/// who find it empty wait in the order in which they came.
/// </summary>
public sealed class TokenBucket
{
    private readonly TokenBucketLimit limit;
    private readonly TimeProvider timeProvider;
    private readonly Lock gate = new();
    private double tokens;
    private long refilledAt;

    public TokenBucket(TokenBucketLimit limit, TimeProvider timeProvider)
    {
        ArgumentNullException.ThrowIfNull(limit);
        ArgumentNullException.ThrowIfNull(timeProvider);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit.Size, 1, nameof(limit));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit.RefillPerSecond, nameof(limit));
        this.limit = limit;
        this.timeProvider = timeProvider;
        tokens = limit.Size;
        refilledAt = timeProvider.GetTimestamp();
    }

    /// <summary>Takes a token, waiting for it where there is none. A cancelled wait gives its token back.</summary>
    public Task TakeAsync(CancellationToken cancellationToken = default)
    {
        TimeSpan wait;
        lock (gate)
        {
            Refill();
            // below zero the bucket owes tokens to those who wait; each newcomer waits for one more
            tokens--;
            wait = tokens >= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(-tokens / limit.RefillPerSecond);
        }

        return wait == TimeSpan.Zero ? Task.CompletedTask : WaitAsync(wait, cancellationToken);
    }

    private async Task WaitAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(wait, timeProvider, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            lock (gate)
                tokens = Math.Min(tokens + 1, limit.Size);
            throw;
        }
    }

    private void Refill()
    {
        var now = timeProvider.GetTimestamp();
        tokens = Math.Min(tokens + timeProvider.GetElapsedTime(refilledAt, now).TotalSeconds * limit.RefillPerSecond, limit.Size);
        refilledAt = now;
    }
}
