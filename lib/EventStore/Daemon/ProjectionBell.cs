namespace OptiInfra.EventStore;

/// <summary>Tells those of this process who wait for a projection that something was asked of it, or is done; others poll.</summary>
sealed class ProjectionBell
{
    TaskCompletionSource next = NewSource();

    /// <summary>Completes when it rings; to be taken before one looks.</summary>
    public Task Next => Volatile.Read(ref next).Task;

    public void Ring() => Interlocked.Exchange(ref next, NewSource()).TrySetResult();

    static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
