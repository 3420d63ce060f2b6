using System.Diagnostics;
using System.Text.Json;
using MassTransit;
using Npgsql;
using OptiInfra.Benchmarks.Sagas;
using OptiInfra.EventStore;
using RabbitMQ.Client;

namespace OptiInfra.Benchmarks.ScaleOut;

/// <summary>The same queues emptied by one, two and three processes.</summary>
public sealed class ScaleOutBenchmark : IBenchmark
{
    const int Rounds = 3;
    const int MostProcesses = 3;
    const int Sagas = 500;
    static readonly Load SagaLoad = new(Agent: false, Messages: 15_000, WarmUp: 45_000);
    static readonly Load AgentLoad = new(Agent: true, Messages: 6000, WarmUp: 6000);
    static readonly TimeSpan Bound = TimeSpan.FromMinutes(2);

    public string Name => "scaleout";

    public string Description => "saga and agent messages per second with 1, 2 and 3 processes, each message handled once";

    public async Task RunAsync(BenchmarkContext context, CancellationToken cancellationToken)
    {
        var sender = Bus.Factory.CreateUsingRabbitMq(bus => bus.Host(context.RabbitMq));
        await sender.StartAsync(cancellationToken);
        List<Process> workers = [.. Enumerable.Range(0, MostProcesses).Select(_ => StartWorker())];
        try
        {
            var sagas = await MeasureAsync(context, sender, workers, SagaLoad, cancellationToken);
            var agents = await MeasureAsync(context, sender, workers, AgentLoad, cancellationToken);
            context.Say($"Messages that wait in a queue, {ScaleOutWorker.Concurrency} at once in each process; from a fifth handled to all handled, by processes that have compiled their code at a load before. "
                + $"Medians by rate of {Rounds} rounds, in turns. Workers, PostgreSQL (its backends), RabbitMQ: microseconds of processor time per message; cores: how many they kept busy. "
                + "Runs: how often the state machine or the agent ran for a message. Together: saves in a group commit.");
            Report(context, $"Sagas: {Sagas} instances, {SagaLoad.Messages} messages, no wait, so that it is the machine's cores that set the limit. Several processes read an instance before each message, as another may have written it.", sagas);
            Report(context, $"Agents: {AgentLoad.Messages} messages, each waits 20 ms, as for a cloud's answer, then appends an event.", agents);
            context.Compare(agents[^1].Rate, $"agent messages/s with {MostProcesses} processes", agents[0].Rate, "with 1");
        }
        finally
        {
            foreach (var worker in workers)
                await EndAsync(worker);
            await sender.StopAsync(CancellationToken.None);
            await DeleteQueuesAsync(context.RabbitMq);
        }
    }

    static void Report(BenchmarkContext context, string what, List<Outcome> outcomes)
    {
        context.Say(what);
        context.Table(
            ["processes", "messages/s", "times one", "workers", "PostgreSQL", "RabbitMQ", "cores", "runs", "together"],
            outcomes.Select((o, i) => (IReadOnlyList<string>)[
                $"{i + 1}", BenchmarkContext.Figure(o.Rate), $"{o.Rate / outcomes[0].Rate:0.00}",
                $"{o.PerMessage.Workers.TotalMicroseconds:0}", $"{o.PerMessage.PostgreSql.TotalMicroseconds:0}", $"{o.PerMessage.RabbitMq.TotalMicroseconds:0}",
                $"{o.PerMessage.Total.TotalSeconds * o.Rate:0.0}", $"{o.Runs:0.00}", $"{o.Together:0.0}"]));
    }

    /// <returns>By the number of processes.</returns>
    static async Task<List<Outcome>> MeasureAsync(BenchmarkContext context, IBus sender, List<Process> workers, Load load, CancellationToken cancellationToken)
    {
        await RunAsync(context, sender, workers, load with { Messages = load.WarmUp }, cancellationToken);
        List<Outcome>[] outcomes = [.. workers.Select(_ => new List<Outcome>())];
        for (var round = 0; round < Rounds; round++)
            for (var processes = 1; processes <= workers.Count; processes++)
                outcomes[processes - 1].Add(await RunAsync(context, sender, workers[..processes], load, cancellationToken));
        return [.. outcomes.Select(rounds => rounds.OrderBy(o => o.Rate).ElementAt(rounds.Count / 2))];
    }

    static async Task<Outcome> RunAsync(BenchmarkContext context, IBus sender, List<Process> workers, Load load, CancellationToken cancellationToken)
    {
        var schema = $"bench_scaleout_{Guid.NewGuid():N}";
        await using var owner = NpgsqlDataSource.Create(context.PostgresOwner);
        await using (var store = DocumentStore.For(o => ScaleOutWorker.Configure(o, context, schema)))
            await store.ApplyAllConfiguredChangesToDatabaseAsync(cancellationToken);
        try
        {
            await Task.WhenAll(workers.Select(worker => AskAsync(worker, schema, cancellationToken)));
            await FillAsync(sender, load, cancellationToken);
            foreach (var worker in workers)
                await worker.StandardInput.WriteLineAsync("begin".AsMemory(), cancellationToken);
            var first = await HandledAsync(owner, schema, load.Messages / 5, workers, cancellationToken);
            var last = await HandledAsync(owner, schema, load.Messages, workers, cancellationToken);
            await CheckAsync(owner, schema, load, cancellationToken);
            var counts = await Task.WhenAll(workers.Select(async worker => JsonSerializer.Deserialize<WorkerCounts>(await AskAsync(worker, "end", cancellationToken))!));
            var measured = last.Handled - first.Handled;
            return new(
                measured / Stopwatch.GetElapsedTime(first.At, last.At).TotalSeconds,
                (last.Spent - first.Spent) / measured,
                (double)counts.Sum(c => c.Runs) / load.Messages,
                (double)counts.Sum(c => c.SavesTogether) / Math.Max(counts.Sum(c => c.Groups), 1));
        }
        finally
        {
            await ScalarAsync(owner, $"drop schema {schema} cascade", CancellationToken.None);
        }
    }

    static Process StartWorker()
    {
        var start = new ProcessStartInfo("dotnet", [typeof(ScaleOutBenchmark).Assembly.Location]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true };
        start.Environment[ScaleOutWorker.Variable] = "yes";
        return Process.Start(start)!;
    }

    static async Task<string> AskAsync(Process worker, string line, CancellationToken cancellationToken)
    {
        await worker.StandardInput.WriteLineAsync(line.AsMemory(), cancellationToken);
        return await worker.StandardOutput.ReadLineAsync(cancellationToken) ?? throw new BenchmarkException("A worker ended before it had answered.");
    }

    static async Task FillAsync(IBus sender, Load load, CancellationToken cancellationToken)
    {
        var endpoint = await sender.GetSendEndpoint(new Uri($"queue:{(load.Agent ? ScaleOutWorker.AgentQueue : ScaleOutWorker.SagaQueue)}"));
        var ids = Enumerable.Range(0, Sagas).Select(_ => Guid.NewGuid()).ToArray();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, load.Messages), new ParallelOptions { MaxDegreeOfParallelism = 64, CancellationToken = cancellationToken },
            async (i, token) => await (load.Agent ? endpoint.Send(new CallWanted(Guid.NewGuid()), token) : endpoint.Send(new CounterAdvanced(ids[i % Sagas], i), token)));
    }

    /// <summary>Waits until so many messages are handled.</summary>
    static async Task<(long Handled, long At, ProcessorTime Spent)> HandledAsync(
        NpgsqlDataSource owner, string schema, int wanted, List<Process> workers, CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(began) < Bound)
        {
            if ((long)(await ScalarAsync(owner, $"select count(*) from {schema}.inbox", cancellationToken))! is var handled && handled >= wanted)
                return (handled, Stopwatch.GetTimestamp(), ProcessorTime.Now(workers, await BackendsAsync(owner, schema, cancellationToken)));
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancellationToken);
        }

        throw new BenchmarkException($"{wanted} messages were not handled within {Bound}.");
    }

    static async Task<int[]> BackendsAsync(NpgsqlDataSource owner, string schema, CancellationToken cancellationToken) =>
        (int[])(await ScalarAsync(owner, $"select array_agg(pid) from pg_stat_activity where application_name = '{schema}'", cancellationToken))!;

    /// <exception cref="BenchmarkException">A message had its effect twice, or not at all.</exception>
    static async Task CheckAsync(NpgsqlDataSource owner, string schema, Load load, CancellationToken cancellationToken)
    {
        var effects = Convert.ToInt64(await ScalarAsync(
            owner,
            load.Agent ? $"select count(*) from {schema}.events" : $"select coalesce(sum((data->>'count')::bigint), 0) from {schema}.saga_state",
            cancellationToken), System.Globalization.CultureInfo.InvariantCulture);
        if (effects != load.Messages)
            throw new BenchmarkException($"{load.Messages} messages had {effects} effects.");
    }

    static async Task EndAsync(Process worker)
    {
        worker.StandardInput.Close();
        await worker.WaitForExitAsync();
        worker.Dispose();
    }

    static async Task<object?> ScalarAsync(NpgsqlDataSource owner, string sql, CancellationToken cancellationToken)
    {
        await using var command = owner.CreateCommand(sql);
        return await command.ExecuteScalarAsync(cancellationToken);
    }

    static async Task DeleteQueuesAsync(Uri rabbitMq)
    {
        await using var connection = await new ConnectionFactory { Uri = rabbitMq }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        foreach (var name in (string[])[ScaleOutWorker.SagaQueue, ScaleOutWorker.AgentQueue])
        {
            await channel.QueueDeleteAsync(name);
            await channel.ExchangeDeleteAsync(name);
        }

        await channel.ExchangeDeleteAsync("call-answered");
    }

    /// <param name="WarmUp">Messages that all processes share before any is measured.</param>
    sealed record Load(bool Agent, int Messages, int WarmUp);

    /// <param name="Together">Saves in a group commit, on the average.</param>
    sealed record Outcome(double Rate, ProcessorTime PerMessage, double Runs, double Together);
}
