namespace OptiInfra.Aws.Pipeline;

/// <summary>How many calls may burst, and how many per second may follow.</summary>
public sealed record TokenBucketLimit(int Size, double RefillPerSecond);

/// <summary>
/// A token bucket in the form that AWS documents: full at first, one token per call, refilled at a steady rate up to its size. Callers
/// who find it empty wait in the order in which they came.
/// </summary>
public sealed class TokenBucket
{
    private readonly TokenBucketLimit _limit;
    private readonly TimeProvider _timeProvider;
    private readonly Lock _gate = new();
    private double _tokens;
    private long _refilledAt;

    public TokenBucket(TokenBucketLimit limit, TimeProvider timeProvider)
    {
        ArgumentNullException.ThrowIfNull(limit);
        ArgumentNullException.ThrowIfNull(timeProvider);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit.Size, 1, nameof(limit));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit.RefillPerSecond, nameof(limit));
        _limit = limit;
        _timeProvider = timeProvider;
        _tokens = limit.Size;
        _refilledAt = timeProvider.GetTimestamp();
    }

    /// <summary>Takes a token, waiting for it where there is none. A cancelled wait gives its token back.</summary>
    public Task TakeAsync(CancellationToken cancellationToken = default)
    {
        TimeSpan wait;
        lock (_gate)
        {
            Refill();
            // below zero the bucket owes tokens to those who wait; each newcomer waits for one more
            _tokens--;
            wait = _tokens >= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(-_tokens / _limit.RefillPerSecond);
        }

        return wait == TimeSpan.Zero ? Task.CompletedTask : WaitAsync(wait, cancellationToken);
    }

    private async Task WaitAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(wait, _timeProvider, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            lock (_gate)
                _tokens = Math.Min(_tokens + 1, _limit.Size);
            throw;
        }
    }

    private void Refill()
    {
        var now = _timeProvider.GetTimestamp();
        _tokens = Math.Min(_tokens + _timeProvider.GetElapsedTime(_refilledAt, now).TotalSeconds * _limit.RefillPerSecond, _limit.Size);
        _refilledAt = now;
    }
}
