using System.Threading.Channels;

namespace OptiInfra.GraphQL.Execution;

/// <summary>Collects the batches of data loaders and sends them off when no resolver can go on without them.</summary>
public interface IBatchScheduler
{
    /// <param name="fetch">Fetches the keys asked for so far.</param>
    /// <param name="finish">Hands the values out, on the thread that resolvers run on.</param>
    void Schedule(Func<Task> fetch, Action finish);
}

/// <summary>The batches of one request. Outside the execution of a request each is sent off at once.</summary>
public sealed class BatchScheduler : IBatchScheduler
{
    readonly Lock _gate = new();
    List<(Func<Task> Fetch, Action Finish)> _scheduled = [];
    ChannelWriter<object>? _executor;
    bool _isHeld;

    public void Schedule(Func<Task> fetch, Action finish)
    {
        ChannelWriter<object>? executor;
        lock (_gate)
        {
            _scheduled.Add((fetch, finish));
            if (_isHeld && _executor is null) return;
            executor = _executor;
        }
        if (executor is null) _ = Task.Run(Dispatch);
        // a resolver may ask while the executor already waits: it has to look again
        else executor.TryWrite(this);
    }

    /// <summary>From now on an executor sends batches off.</summary>
    internal void Hold()
    {
        lock (_gate) (_isHeld, _executor) = (true, null);
    }

    /// <summary>The executor waits, and is to be told of new batches and fetched ones.</summary>
    internal void Attach(ChannelWriter<object> executor)
    {
        lock (_gate) _executor = executor;
    }

    /// <summary>Sends off what was scheduled; false where nothing was.</summary>
    internal bool Dispatch()
    {
        List<(Func<Task> Fetch, Action Finish)> batches;
        lock (_gate)
        {
            if (_scheduled.Count == 0) return false;
            (batches, _scheduled) = (_scheduled, []);
        }
        foreach (var batch in batches) _ = Run(batch.Fetch, batch.Finish);
        return true;
    }

    async Task Run(Func<Task> fetch, Action finish)
    {
        await fetch().ConfigureAwait(false);
        if (_executor?.TryWrite(finish) != true) finish();
    }
}
