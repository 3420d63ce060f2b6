using System.Diagnostics.Metrics;
using System.Text.Json;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using OptiInfra.Benchmarks.Sagas;
using OptiInfra.EventStore;
using OptiInfra.Messaging;

namespace OptiInfra.Benchmarks.ScaleOut;

/// <summary>
/// One of several processes that share the work. Each line on standard input names the schema of a load, which begins with the
/// next line and ends with the one after: so that a process which is measured has compiled its code at loads before.
/// </summary>
static class ScaleOutWorker
{
    /// <summary>Set for a process that is to be a worker.</summary>
    public const string Variable = "OPTIINFRA_SCALEOUT_WORKER";
    public const string SagaQueue = "bench-scaleout-saga";
    public const string AgentQueue = "bench-scaleout-agent";
    public const int Concurrency = 16;

    public static async Task RunAsync(BenchmarkContext context)
    {
        while (await Console.In.ReadLineAsync() is { } schema)
            await ShareAsync(context, schema);
    }

    static async Task ShareAsync(BenchmarkContext context, string schema)
    {
        var begin = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var runs = new SagaMeter();
        using var groups = new GroupMeter();
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSingleton(runs);
        builder.Services.AddEventStore(o => Configure(o, context, schema));
        builder.Services.AddMessaging(
            o => (o.RabbitMq, o.PrefetchCount, o.ConcurrentMessageLimit, o.RunRelay, o.RunScheduler) = (context.RabbitMq, 2 * Concurrency, Concurrency, false, false),
            x =>
            {
                x.AddSagaStateMachine<CounterStateMachine, CounterState>().Endpoint(e => (e.Name, e.ConfigureConsumeTopology) = (SagaQueue, false));
                x.AddConsumer<WaitingAgent>().Endpoint(e => (e.Name, e.ConfigureConsumeTopology) = (AgentQueue, false));
                x.AddConfigureEndpointsCallback((_, _, endpoint) => endpoint.UseExecuteAsync(_ => begin.Task));
            });
        using var host = builder.Build();
        await host.StartAsync();
        Console.WriteLine("ready");
        await Console.In.ReadLineAsync();
        begin.SetResult();
        await Console.In.ReadLineAsync();
        await host.StopAsync();
        Console.WriteLine(JsonSerializer.Serialize(new WorkerCounts(runs.Handled, groups.Saves, groups.Groups)));
    }

    public static void Configure(StoreOptions options, BenchmarkContext context, string schema)
    {
        options.ConnectionString = new NpgsqlConnectionStringBuilder(context.Postgres) { MaxPoolSize = 30, ApplicationName = schema }.ConnectionString;
        (options.OwnerConnectionString, options.DatabaseSchemaName) = (context.PostgresOwner, schema);
        options.UseMessaging().Events.MapEventType<CallAnswered>("call_answered");
    }
}

/// <summary>What a worker did for all its messages.</summary>
/// <param name="Runs">Of the state machine or the agent.</param>
/// <param name="SavesTogether">Saves in group commits.</param>
sealed record WorkerCounts(long Runs, long SavesTogether, long Groups);

/// <summary>Counts the group commits of this process.</summary>
sealed class GroupMeter : IDisposable
{
    readonly MeterListener listener = new()
    {
        InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument is { Meter.Name: EventStoreInstruments.MeterName, Name: "event_store.saves.together" })
                listener.EnableMeasurementEvents(instrument);
        },
    };

    long saves;
    long groups;

    public GroupMeter()
    {
        listener.SetMeasurementEventCallback<int>((_, together, _, _) =>
        {
            Interlocked.Add(ref saves, together);
            Interlocked.Increment(ref groups);
        });
        listener.Start();
    }

    public long Saves => Interlocked.Read(ref saves);
    public long Groups => Interlocked.Read(ref groups);

    public void Dispose() => listener.Dispose();
}

public sealed record CallWanted(Guid InstanceId);

public sealed record CallAnswered(Guid InstanceId);

/// <summary>Waits as an agent does for a cloud, then appends what it learned.</summary>
sealed class WaitingAgent(SagaMeter runs) : IConsumer<CallWanted>
{
    static readonly TimeSpan CloudCall = TimeSpan.FromMilliseconds(20);

    public async Task Consume(ConsumeContext<CallWanted> context)
    {
        runs.Count();
        await Task.Delay(CloudCall, TimeProvider.System, context.CancellationToken);
        context.Session().Events.Append(context.Message.InstanceId, new CallAnswered(context.Message.InstanceId));
    }
}
