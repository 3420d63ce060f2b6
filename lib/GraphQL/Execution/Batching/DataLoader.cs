namespace OptiInfra.GraphQL.Execution;

/// <summary>Marks loaders, so that resolvers get them as parameters.</summary>
public interface IDataLoader;

public interface IDataLoader<in TKey, TValue> : IDataLoader where TKey : notnull
{
    /// <summary>The value of a key; each key is fetched once per request.</summary>
    Task<TValue?> LoadAsync(TKey key, CancellationToken cancellationToken = default);

    /// <summary>The values in the order of the keys.</summary>
    Task<IReadOnlyList<TValue?>> LoadAsync(IReadOnlyCollection<TKey> keys, CancellationToken cancellationToken = default);
}

/// <param name="MaxBatchSize">Most keys that are fetched at once.</param>
public sealed record DataLoaderOptions(int MaxBatchSize = 1024);

/// <summary>Gathers the keys that resolvers ask for and fetches them together.</summary>
public abstract class DataLoader<TKey, TValue>(IBatchScheduler batchScheduler, DataLoaderOptions? options = null) : IDataLoader<TKey, TValue> where TKey : notnull
{
    readonly Lock _gate = new();
    readonly Dictionary<TKey, TaskCompletionSource<TValue?>> _promises = [];
    readonly int _maxBatchSize = (options ?? new()).MaxBatchSize;
    List<TKey> _keys = [];

    public Task<TValue?> LoadAsync(TKey key, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        List<TKey> batch;
        TaskCompletionSource<TValue?>? promise;
        lock (_gate)
        {
            if (_promises.TryGetValue(key, out promise)) return promise.Task;
            // continuations run where the promise is kept: all of a batch go on before the next one is sent off
            _promises.Add(key, promise = new());
            if (_keys.Count >= _maxBatchSize) _keys = [];
            _keys.Add(key);
            if (_keys.Count > 1) return promise.Task;
            batch = _keys;
        }
        ScheduleBatch(batch, cancellationToken);
        return promise.Task;
    }

    public async Task<IReadOnlyList<TValue?>> LoadAsync(IReadOnlyCollection<TKey> keys, CancellationToken cancellationToken = default) =>
        await Task.WhenAll(keys.Select(key => LoadAsync(key, cancellationToken)));

    /// <summary>Values by key; keys without a value may be missing.</summary>
    protected abstract Task<IReadOnlyDictionary<TKey, TValue>> FetchAsync(IReadOnlyList<TKey> keys, CancellationToken cancellationToken);

    /// <summary>What a key without a value gets.</summary>
    protected virtual TValue? Missing => default;

    void ScheduleBatch(List<TKey> keys, CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<TKey, TValue>? values = null;
        Exception? fault = null;
        batchScheduler.Schedule(Fetch, Finish);

        async Task Fetch()
        {
            lock (_gate)
            {
                if (ReferenceEquals(_keys, keys)) _keys = [];
            }
            try
            {
                values = await FetchAsync(keys, cancellationToken);
            }
            catch (Exception thrown)
            {
                fault = thrown;
            }
        }

        void Finish()
        {
            foreach (var key in keys)
            {
                TaskCompletionSource<TValue?> promise;
                lock (_gate) promise = _promises[key];
                if (fault is not null) promise.TrySetException(fault);
                else promise.TrySetResult(values!.TryGetValue(key, out var value) ? value : Missing);
            }
        }
    }
}

/// <summary>One value per key, fetched for many keys at once.</summary>
public abstract class BatchDataLoader<TKey, TValue>(IBatchScheduler batchScheduler, DataLoaderOptions? options = null)
    : DataLoader<TKey, TValue>(batchScheduler, options) where TKey : notnull
{
    protected abstract Task<IReadOnlyDictionary<TKey, TValue>> LoadBatchAsync(IReadOnlyList<TKey> keys, CancellationToken cancellationToken);

    protected sealed override Task<IReadOnlyDictionary<TKey, TValue>> FetchAsync(IReadOnlyList<TKey> keys, CancellationToken cancellationToken) =>
        LoadBatchAsync(keys, cancellationToken);
}

/// <summary>Many values per key, fetched for many keys at once; none for a key that is not found.</summary>
public abstract class GroupedDataLoader<TKey, TValue>(IBatchScheduler batchScheduler, DataLoaderOptions? options = null)
    : DataLoader<TKey, TValue[]>(batchScheduler, options) where TKey : notnull
{
    protected abstract Task<ILookup<TKey, TValue>> LoadGroupedBatchAsync(IReadOnlyList<TKey> keys, CancellationToken cancellationToken);

    protected sealed override TValue[] Missing => [];

    protected sealed override async Task<IReadOnlyDictionary<TKey, TValue[]>> FetchAsync(IReadOnlyList<TKey> keys, CancellationToken cancellationToken) =>
        (await LoadGroupedBatchAsync(keys, cancellationToken)).ToDictionary(group => group.Key, group => group.ToArray());
}

/// <summary>One value per key, fetched one by one and remembered for the request.</summary>
public abstract class CacheDataLoader<TKey, TValue>(IBatchScheduler batchScheduler, DataLoaderOptions? options = null)
    : DataLoader<TKey, TValue>(batchScheduler, options) where TKey : notnull
{
    protected abstract Task<TValue> LoadSingleAsync(TKey key, CancellationToken cancellationToken);

    protected sealed override async Task<IReadOnlyDictionary<TKey, TValue>> FetchAsync(IReadOnlyList<TKey> keys, CancellationToken cancellationToken)
    {
        var values = await Task.WhenAll(keys.Select(key => LoadSingleAsync(key, cancellationToken)));
        return keys.Zip(values).ToDictionary(pair => pair.First, pair => pair.Second);
    }
}
