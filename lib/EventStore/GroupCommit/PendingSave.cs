namespace OptiInfra.EventStore;

/// <summary>How the group dealt with a save.</summary>
enum SaveOutcome
{
    Committed,
    /// <summary>Nothing of it was written; it has to be executed on its own.</summary>
    Alone,
}

/// <summary>One save on its way through a group: operations whose failures are all raised in SQL.</summary>
sealed class PendingSave(IReadOnlyList<ISessionOperation> operations)
{
    const int Waiting = 0;
    const int Taken = 1;
    const int GivenUp = 2;

    readonly TaskCompletionSource<SaveOutcome> outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
    int state;

    public IReadOnlyList<ISessionOperation> Operations => operations;

    /// <summary>Where the save is an append to one stream and nothing else.</summary>
    public AppendOperation? OnlyAppend { get; } = operations is [AppendOperation only] ? only : null;

    /// <returns>False where the caller has given up.</returns>
    public bool Take() => Interlocked.CompareExchange(ref state, Taken, Waiting) == Waiting;

    public void Done(SaveOutcome how) => outcome.TrySetResult(how);

    public void Fail(Exception e) => outcome.TrySetException(e);

    /// <summary>
    /// The outcome. Whoever gives up before the save was taken into a group has written nothing; afterwards it is
    /// unknown, as with any cancelled commit, and the group goes on for the others.
    /// </summary>
    public async Task<SaveOutcome> OutcomeAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await outcome.Task.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            if (Interlocked.CompareExchange(ref state, GivenUp, Waiting) == Taken)
                _ = outcome.Task.ContinueWith(static t => t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            throw;
        }
    }
}
