namespace OptiInfra.Messaging.PostgresIntegration.Saga;

/// <summary>
/// Lets the messages of one saga instance through one after another within this process, in the order of asking, so that
/// they do not meet in the version check.
/// </summary>
sealed class CorrelationTurns
{
    readonly Lock gate = new();
    readonly Dictionary<Guid, Turn> last = [];

    public async Task<IDisposable> EnterAsync(Guid correlationId, CancellationToken cancellationToken)
    {
        var turn = new Turn(this, correlationId);
        Task before;
        lock (gate)
        {
            before = last.TryGetValue(correlationId, out var previous) ? previous.Finished : Task.CompletedTask;
            last[correlationId] = turn;
        }

        try
        {
            await before.WaitAsync(cancellationToken);
        }
        catch
        {
            // whoever waits for this turn must still wait for the one before it
            _ = before.ContinueWith(static (_, t) => ((Turn)t!).Dispose(), turn, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            throw;
        }

        return turn;
    }

    void Leave(Turn turn)
    {
        lock (gate)
            if (last.TryGetValue(turn.CorrelationId, out var newest) && newest == turn)
                last.Remove(turn.CorrelationId);
    }

    sealed class Turn(CorrelationTurns turns, Guid correlationId) : IDisposable
    {
        readonly TaskCompletionSource finished = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Guid CorrelationId => correlationId;
        public Task Finished => finished.Task;

        public void Dispose()
        {
            turns.Leave(this);
            finished.TrySetResult();
        }
    }
}
