using System.Diagnostics;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using RabbitMQ.Client;

namespace OptiInfra.Benchmarks.Sagas;

/// <summary>Counts what the state machine has run, over all attempts.</summary>
public sealed class SagaMeter
{
    long first;
    long handled;

    public long Handled => Interlocked.Read(ref handled);
    public long First => Interlocked.Read(ref first);

    public void Count()
    {
        if (Interlocked.Increment(ref handled) == 1)
            Interlocked.Exchange(ref first, Stopwatch.GetTimestamp());
    }
}

/// <summary>Fills a queue, lets a host empty it, and takes the time from the first message to the last commit.</summary>
sealed class SagaLoad(Uri rabbitMq, NpgsqlDataSource owner, IBus sender)
{
    static readonly TimeSpan Bound = TimeSpan.FromMinutes(3);

    /// <summary>The saga's queue, of this run alone.</summary>
    public string Queue { get; } = $"bench-saga-{Guid.NewGuid():N}";

    /// <summary>Messages per second, and how often the state machine ran for each.</summary>
    /// <exception cref="BenchmarkException">A message was lost or counted twice, or it took too long.</exception>
    public async Task<(double Rate, double Runs)> RunAsync(
        Action<IServiceCollection> configure, string table, int sagas, int messages, CancellationToken cancellationToken)
    {
        await ExecuteAsync($"truncate {table}", cancellationToken);
        var total = sagas * messages;
        await FillAsync(sagas, total, cancellationToken);
        var meter = new SagaMeter();
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSingleton(meter);
        configure(builder.Services);
        using var host = builder.Build();
        await host.StartAsync(cancellationToken);
        try
        {
            var elapsed = await EverythingCountedAsync(meter, table, total, cancellationToken);
            return (total / elapsed.TotalSeconds, (double)meter.Handled / total);
        }
        finally
        {
            await host.StopAsync(CancellationToken.None);
        }
    }

    public async Task DeleteQueueAsync()
    {
        await using var connection = await new ConnectionFactory { Uri = rabbitMq }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        foreach (var name in (string[])[Queue, $"{Queue}_error", $"{Queue}_skipped"])
        {
            await channel.QueueDeleteAsync(name);
            await channel.ExchangeDeleteAsync(name);
        }
    }

    async Task FillAsync(int sagas, int total, CancellationToken cancellationToken)
    {
        var endpoint = await sender.GetSendEndpoint(new Uri($"queue:{Queue}"));
        var ids = Enumerable.Range(0, sagas).Select(_ => Guid.NewGuid()).ToArray();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, total), new ParallelOptions { MaxDegreeOfParallelism = 64, CancellationToken = cancellationToken },
            async (i, token) => await endpoint.Send(new CounterAdvanced(ids[i % sagas], i), token));
    }

    async Task<TimeSpan> EverythingCountedAsync(SagaMeter meter, string table, int total, CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        await using var count = owner.CreateCommand(
            $"select coalesce(sum(coalesce(data->>'count', data->>'Count')::bigint), 0)::bigint, coalesce(sum(coalesce(data->>'sum', data->>'Sum')::bigint), 0)::bigint from {table}");
        while (Stopwatch.GetElapsedTime(began) < Bound)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, cancellationToken);
            if (meter.Handled < total)
                continue;
            var asked = Stopwatch.GetTimestamp();
            await using var reader = await count.ExecuteReaderAsync(cancellationToken);
            await reader.ReadAsync(cancellationToken);
            if (reader.GetInt64(0) > total || (reader.GetInt64(0) == total && reader.GetInt64(1) != (long)total * (total - 1) / 2))
                throw new BenchmarkException($"{table}: {reader.GetInt64(0)} messages were counted of {total}: something was counted twice.");
            if (reader.GetInt64(0) == total)
                return Stopwatch.GetElapsedTime(meter.First, asked);
        }

        throw new BenchmarkException($"{table}: not everything was counted within {Bound}; the state machine ran {meter.Handled} times for {total} messages.");
    }

    async Task ExecuteAsync(string sql, CancellationToken cancellationToken)
    {
        await using var command = owner.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
