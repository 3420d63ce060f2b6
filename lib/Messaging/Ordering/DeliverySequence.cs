namespace OptiInfra.Messaging;

/// <summary>Runs something for each delivery of a channel in the order of the delivery tags, which count from 1 without gaps.</summary>
sealed class DeliverySequence
{
    /// <summary>A tag that did not come in this time was dropped before it got here (the endpoint is stopping): go on without it.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    readonly Lock gate = new();
    string? consumer;
    ulong next = 1;
    readonly SortedDictionary<ulong, (Action Run, TaskCompletionSource Done)> waiting = [];

    public async Task InOrderAsync(string consumerTag, ulong deliveryTag, Action run)
    {
        TaskCompletionSource done;
        lock (gate)
        {
            if (consumer != consumerTag)
            {
                // another channel after a reconnect: its tags begin anew
                Release(ulong.MaxValue);
                (consumer, next) = (consumerTag, 1);
            }

            if (deliveryTag <= next)
            {
                run();
                next = Math.Max(next, deliveryTag + 1);
                Release(next);
                return;
            }

            done = new(TaskCreationOptions.RunContinuationsAsynchronously);
            waiting[deliveryTag] = (run, done);
        }

        try
        {
            await done.Task.WaitAsync(Patience, TimeProvider.System);
        }
        catch (TimeoutException)
        {
            lock (gate)
                Release(deliveryTag);
            await done.Task;
        }
    }

    /// <summary>Runs those that wait up to a tag, and those that follow without a gap.</summary>
    void Release(ulong upTo)
    {
        while (waiting.Count > 0 && waiting.First() is var (tag, entry) && tag <= Math.Max(upTo, next))
        {
            waiting.Remove(tag);
            entry.Run();
            next = Math.Max(next, tag + 1);
            entry.Done.SetResult();
        }
    }
}
