namespace OptiInfra.Messaging.PostgresIntegration.Saga;

/// <summary>
/// Lets the messages of one saga instance through one after another within this process, in the order of asking, so that
/// they do not meet in the version check. Instances share a fixed number of lanes.
/// </summary>
sealed class CorrelationTurns(int lanes)
{
    readonly Lock gate = new();
    readonly Task[] last = [.. Enumerable.Repeat(Task.CompletedTask, lanes)];

    public async Task<IDisposable> EnterAsync(Guid correlationId, CancellationToken cancellationToken)
    {
        var lane = (uint)correlationId.GetHashCode() % (uint)lanes;
        var turn = new Turn();
        Task previous;
        lock (gate)
        {
            previous = last[lane];
            last[lane] = turn.Finished;
        }

        try
        {
            await previous.WaitAsync(cancellationToken);
        }
        catch
        {
            // whoever waits for this turn must still wait for the one before it
            _ = previous.ContinueWith(static (_, t) => ((Turn)t!).Dispose(), turn, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            throw;
        }

        return turn;
    }

    sealed class Turn : IDisposable
    {
        readonly TaskCompletionSource finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public Task Finished => finished.Task;
        public void Dispose() => finished.TrySetResult();
    }
}
