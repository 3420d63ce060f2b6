using System.Diagnostics;
using MassTransit;
using Npgsql;
using OptiInfra.Benchmarks.Sagas;
using OptiInfra.EventStore;
using RabbitMQ.Client;

namespace OptiInfra.Benchmarks.ScaleOut;

/// <summary>The same queues emptied by one, two and three processes.</summary>
public sealed class ScaleOutBenchmark : IBenchmark
{
    const int Messages = 6000;
    const int Sagas = 500;
    static readonly TimeSpan Bound = TimeSpan.FromMinutes(2);

    public string Name => "scaleout";

    public string Description => "saga and agent messages per second with 1, 2 and 3 processes, each message handled once";

    public async Task RunAsync(BenchmarkContext context, CancellationToken cancellationToken)
    {
        var sender = Bus.Factory.CreateUsingRabbitMq(bus => bus.Host(context.RabbitMq));
        await sender.StartAsync(cancellationToken);
        try
        {
            var rows = new List<IReadOnlyList<string>>();
            var agents = new List<double>();
            var sagas = new List<double>();
            for (var processes = 1; processes <= 3; processes++)
            {
                sagas.Add(await MeasureAsync(context, sender, processes, agent: false, cancellationToken));
                agents.Add(await MeasureAsync(context, sender, processes, agent: true, cancellationToken));
                rows.Add([
                    $"{processes}",
                    BenchmarkContext.Figure(sagas[^1]), BenchmarkContext.Figure(sagas[^1] / sagas[0]),
                    BenchmarkContext.Figure(agents[^1]), BenchmarkContext.Figure(agents[^1] / agents[0])]);
            }

            context.Say($"{Messages} messages that wait in a queue; {ScaleOutWorker.Concurrency} at once in each process; from a fifth handled to all handled. "
                + "Agent: each message waits 20 ms, as for a cloud's answer, then appends an event. Saga: no wait, so that it is the machine's cores, shared with PostgreSQL and RabbitMQ, that set its limit.");
            context.Table(["processes", "saga, messages/s", "times one", "agent, messages/s", "times one"], rows);
            context.Compare(agents[^1], "agent messages/s with 3 processes", agents[0], "with 1");
        }
        finally
        {
            await sender.StopAsync(CancellationToken.None);
            await DeleteQueuesAsync(context.RabbitMq);
        }
    }

    static async Task<double> MeasureAsync(BenchmarkContext context, IBus sender, int processes, bool agent, CancellationToken cancellationToken)
    {
        var schema = $"bench_scaleout_{Guid.NewGuid():N}";
        await using var owner = NpgsqlDataSource.Create(context.PostgresOwner);
        await using (var store = DocumentStore.For(o => ScaleOutWorker.Configure(o, context, schema)))
            await store.ApplyAllConfiguredChangesToDatabaseAsync(cancellationToken);
        var workers = new List<Process>();
        try
        {
            for (var i = 0; i < processes; i++)
                workers.Add(await StartWorkerAsync(schema, cancellationToken));
            await FillAsync(sender, agent, cancellationToken);
            foreach (var worker in workers)
                await worker.StandardInput.WriteLineAsync("begin".AsMemory(), cancellationToken);
            var rate = await RateAsync(owner, schema, cancellationToken);
            await CheckAsync(owner, schema, agent, cancellationToken);
            return rate;
        }
        finally
        {
            foreach (var worker in workers)
                await EndAsync(worker);
            await ScalarAsync(owner, $"drop schema {schema} cascade", CancellationToken.None);
        }
    }

    static async Task<Process> StartWorkerAsync(string schema, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(ScaleOutBenchmark).Assembly.Location]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true };
        start.Environment[ScaleOutWorker.Variable] = schema;
        var process = Process.Start(start)!;
        while (await process.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
            if (line == "ready")
                return process;
        throw new BenchmarkException("A worker ended before it was ready.");
    }

    static async Task FillAsync(IBus sender, bool agent, CancellationToken cancellationToken)
    {
        var endpoint = await sender.GetSendEndpoint(new Uri($"queue:{(agent ? ScaleOutWorker.AgentQueue : ScaleOutWorker.SagaQueue)}"));
        var ids = Enumerable.Range(0, Sagas).Select(_ => Guid.NewGuid()).ToArray();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, Messages), new ParallelOptions { MaxDegreeOfParallelism = 64, CancellationToken = cancellationToken },
            async (i, token) => await (agent ? endpoint.Send(new CallWanted(Guid.NewGuid()), token) : endpoint.Send(new CounterAdvanced(ids[i % Sagas], i), token)));
    }

    /// <summary>What the first fifth takes to compile and to fill its pools is not counted.</summary>
    static async Task<double> RateAsync(NpgsqlDataSource owner, string schema, CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        (long Handled, long At)? first = null;
        while (Stopwatch.GetElapsedTime(began) < Bound)
        {
            var handled = (long)(await ScalarAsync(owner, $"select count(*) from {schema}.inbox", cancellationToken))!;
            var now = Stopwatch.GetTimestamp();
            if (first is null && handled >= Messages / 5)
                first = (handled, now);
            if (handled == Messages)
                return (handled - first!.Value.Handled) / Stopwatch.GetElapsedTime(first.Value.At, now).TotalSeconds;
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancellationToken);
        }

        throw new BenchmarkException($"Not every message was handled within {Bound}.");
    }

    /// <exception cref="BenchmarkException">A message had its effect twice, or not at all.</exception>
    static async Task CheckAsync(NpgsqlDataSource owner, string schema, bool agent, CancellationToken cancellationToken)
    {
        var effects = Convert.ToInt64(await ScalarAsync(
            owner,
            agent ? $"select count(*) from {schema}.events" : $"select coalesce(sum((data->>'count')::bigint), 0) from {schema}.saga_state",
            cancellationToken), System.Globalization.CultureInfo.InvariantCulture);
        if (effects != Messages)
            throw new BenchmarkException($"{Messages} messages had {effects} effects.");
    }

    static async Task EndAsync(Process worker)
    {
        await worker.StandardInput.WriteLineAsync("end");
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
}
