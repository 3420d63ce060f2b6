using System.Globalization;
using Npgsql;
using NpgsqlTypes;
using OptiInfra.EventStore;

namespace OptiInfra.Chaos.Log;

/// <summary>
/// Appends events in every way that could hide one from a reader of the log: commits that come late, transactions that roll
/// back after drawing their numbers, hang and are killed, or undo a part of themselves by savepoints.
/// </summary>
sealed class Writers(IDocumentStore store, string ownerConnectionString, long target, int seed)
{
    const int Batch = 40;
    long written;
    long rolledBack;
    long late;
    long killed;
    long savepoints;

    public long Written => Interlocked.Read(ref written);

    public string Figures => string.Create(CultureInfo.InvariantCulture, $"{written} events committed, of them {late} late and {savepoints} in transactions with savepoints; {rolledBack} rolled back after drawing their numbers, {killed} in transactions that hung and were killed");

    /// <summary>All writers at once, until so many events are committed or time is up.</summary>
    /// <param name="connections">How many write, each with a connection of its own.</param>
    public Task RunAsync(int connections, CancellationToken cancellationToken) =>
        Task.WhenAll(Enumerable.Range(0, connections).Select(number => Task.Run(() => WriteAsync(number, cancellationToken), CancellationToken.None)));

    async Task WriteAsync(int number, CancellationToken cancellationToken)
    {
        var random = new Random(unchecked(seed * 31 + number));
        Guid[] streams = [.. Enumerable.Range(0, 20).Select(_ => Guid.NewGuid())];
        while (Written < target && !cancellationToken.IsCancellationRequested)
            await AppendAsync(number, random, streams[random.Next(streams.Length)]);
    }

    Task AppendAsync(int number, Random random, Guid stream) => (number % 8, random.Next(100)) switch
    {
        // of eight writers one commits late now and then, one rolls back, one hangs, one has savepoints; the others are many and fast
        (0, < 20) => CountedAsync(stream, random, new Wait(TimeSpan.FromMilliseconds(random.Next(1, 400))), counter: () => ref late),
        (1, < 40) => RollBackAsync(stream, random),
        (2, < 3) => HangAsync(stream, random),
        (3, < 50) => CountedAsync(stream, random, new UndoneAppend(store), counter: () => ref savepoints),
        _ => CountedAsync(stream, random, null, counter: null),
    };

    delegate ref long Counter();

    async Task CountedAsync(Guid stream, Random random, ISessionOperation? operation, Counter? counter)
    {
        var events = Events(random);
        await using var session = store.LightweightSession();
        if (operation is not null)
            session.QueueOperation(operation);
        session.Events.Append(stream, events);
        await session.SaveChangesAsync();
        Interlocked.Add(ref written, events.Length);
        if (counter is not null)
            Interlocked.Add(ref counter(), events.Length);
    }

    async Task RollBackAsync(Guid stream, Random random)
    {
        var events = Events(random);
        Interlocked.Add(ref rolledBack, events.Length);
        await using var session = store.LightweightSession();
        session.QueueOperation(new Refusal());
        session.Events.Append(stream, events);
        try
        {
            await session.SaveChangesAsync();
        }
        catch (RefusedException)
        {
            return;
        }

        throw new InvalidOperationException("A transaction that was to roll back has committed.");
    }

    /// <summary>Its numbers are drawn and its client says no more; somebody ends it.</summary>
    async Task HangAsync(Guid stream, Random random)
    {
        var events = Events(random);
        var hang = new Hang();
        await using var session = store.LightweightSession();
        session.QueueOperation(hang);
        session.Events.Append(stream, events);
        var saving = session.SaveChangesAsync();
        var process = await hang.ProcessId.WaitAsync(TimeSpan.FromSeconds(30));
        await Task.Delay(random.Next(50, 1500));
        await using (var owner = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(ownerConnectionString) { Pooling = false }.ConnectionString))
        {
            await owner.OpenAsync();
            await using var kill = new NpgsqlCommand("select pg_terminate_backend($1)", owner) { Parameters = { new() { Value = process } } };
            await kill.ExecuteScalarAsync();
        }

        Interlocked.Add(ref killed, events.Length);
        hang.GoOn();
        try
        {
            await saving;
        }
        catch (NpgsqlException)
        {
            return;
        }

        throw new InvalidOperationException("A transaction that was killed has committed.");
    }

    static object[] Events(Random random) => [.. Enumerable.Range(0, random.Next(3) == 0 ? 1 : random.Next(1, Batch)).Select(i => new Written(i))];
}

/// <summary>What they write.</summary>
sealed record Written(int Number);

sealed class RefusedException() : Exception("meant to roll back");
