using System.Diagnostics;
using System.Globalization;
using Npgsql;
using OptiInfra.Chaos.Customers;
using OptiInfra.Chaos.Judgement;
using OptiInfra.EventStore;
using OptiInfra.Messaging;

namespace OptiInfra.Chaos;

/// <summary>Migrations while things go wrong; then rest; then the judgement.</summary>
sealed class ChaosRun : IAsyncDisposable
{
    static readonly TimeSpan RestBound = TimeSpan.FromMinutes(3);
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    readonly ChaosOptions options;
    readonly Action<string> say;
    readonly IReadOnlyList<ChaosFleet> fleets;

    ChaosRun(ChaosOptions options, Action<string> say, IReadOnlyList<ChaosFleet> fleets, ChaosScene scene) =>
        (this.options, this.say, this.fleets, Scene) = (options, say, fleets, scene);

    public ChaosScene Scene { get; }

    public static async Task<ChaosRun> StartAsync(ChaosOptions options, Action<string> say)
    {
        say(string.Create(CultureInfo.InvariantCulture, $"chaos: seed {options.Seed}, {options.Migrations} migrations over {options.Processes} processes"));
        var fleets = ChaosFleet.Draw(options.Migrations, new Random(options.Seed));
        var scene = await ChaosScene.StartAsync(options, fleets);
        await CloudFaults.DegradeAsync(scene.Cloud);
        return new ChaosRun(options, say, fleets, scene);
    }

    /// <summary>All of it; everything has ended or the bound has passed when it returns.</summary>
    public async Task<(Evidence Evidence, Figures Figures)> RunAsync()
    {
        var gathering = new Gathering(Scene, fleets);
        var subscriptions = await gathering.SubscriptionsAsync();
        using var desk = new Desk(Scene, fleets, options.AtOnce);
        using var people = new CancellationTokenSource();
        var following = desk.FollowAsync(people.Token);
        var watch = Stopwatch.StartNew();
        var conductor = new Conductor(Scene, options.Seed, options.Hands, say);
        using (var calm = new CancellationTokenSource())
        {
            var requesting = desk.RequestAllAsync(people.Token);
            var going = conductor.RunAsync(calm.Token);
            await UntilAsync(() => Task.FromResult(desk.AllEnded || watch.Elapsed >= options.FaultsWithin && conductor.EachHappened), options.FaultsWithin * 2);
            await calm.CancelAsync();
            await going;
            say(string.Create(CultureInfo.InvariantCulture, $"{watch.Elapsed.TotalSeconds,6:0.0} s  calm: {desk.Ended} of {fleets.Count} migrations have ended"));
            await Scene.Cloud.TakeFaultsBackAsync();
            await UntilAsync(() => Task.FromResult(desk.AllEnded), options.Bound - watch.Elapsed);
            if (requesting.IsFaulted)
                await requesting;
        }

        var lasted = watch.Elapsed;
        say(string.Create(CultureInfo.InvariantCulture, $"{lasted.TotalSeconds,6:0.0} s  {desk.Ended} of {fleets.Count} migrations have ended; waiting for rest"));
        if (!await UntilAsync(AtRestAsync, RestBound))
            say($"Not everything came to rest within {RestBound}: {await WhatMovesAsync()}");
        await people.CancelAsync();
        await following;
        var endedByItself = Scene.Processes.Sum(p => p.EndedByItself.Count);
        foreach (var process in Scene.Processes)
            await process.KillAsync();

        var readModels = await gathering.ReadModelsAsync();
        await RebuildAsync();
        var evidence = await gathering.GatherAsync(desk, subscriptions, readModels, await gathering.ReadModelsAsync());
        await File.WriteAllLinesAsync(
            Path.Combine(options.Folder, "logs", "events.log"),
            evidence.Events.Select(e => string.Create(CultureInfo.InvariantCulture, $"{(e.Timestamp - Scene.Origin).TotalSeconds / options.Speed,7:0.0} s  {e.Sequence,6}  {e.StreamId}  {e.Version,4}  {e.EventTypeName}")));
        return (evidence, Figures.Of(evidence, lasted, conductor.Happened, endedByItself));
    }

    public ValueTask DisposeAsync() => Scene.DisposeAsync();

    async Task RebuildAsync()
    {
        await using var daemon = Scene.Store.BuildProjectionDaemon();
        foreach (var (projection, _) in Scene.Store.Options.Projections.All)
            await daemon.RebuildProjectionAsync(projection.Name);
    }

    async Task<bool> AtRestAsync() => await WhatMovesAsync() is null;

    /// <summary>Relay and projections are at the end of the log and the queues are empty; what is not, in words.</summary>
    async Task<string?> WhatMovesAsync()
    {
        try
        {
            await using var connection = await Scene.Store.DataSource.OpenConnectionAsync();
            await using var last = new NpgsqlCommand($"select coalesce(max(seq_id), 0) from {Scene.Schema.Schema}.events", connection);
            var end = (long)(await last.ExecuteScalarAsync())!;
            await using var behind = new NpgsqlCommand($"select string_agg(name || ' at ' || last_seq_id, ', ') from {Scene.Schema.Schema}.event_progression where last_seq_id < $1", connection);
            behind.Parameters.Add(new() { Value = end });
            if (await behind.ExecuteScalarAsync() is string lagging)
                return $"{lagging} of {end}";
            if (await Scene.Store.Progression.LoadAsync(EventRelay.Name) < end)
                return "the relay has not begun";
            foreach (var queue in await Scene.Broker.QueuesAsync())
                if (!queue.EndsWith("_error", StringComparison.Ordinal) && await Scene.Broker.MessageCountAsync(queue) is > 0 and var count)
                    return $"{count} messages in {queue}";
            return null;
        }
        catch (Exception e) when (e is NpgsqlException or HttpRequestException)
        {
            return e.Message;
        }
    }

    /// <returns>Whether the condition came true within the bound.</returns>
    static async Task<bool> UntilAsync(Func<Task<bool>> condition, TimeSpan bound)
    {
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            if (watch.Elapsed >= bound)
                return false;
            await Task.Delay(Pause, TimeProvider.System);
        }

        return true;
    }
}
