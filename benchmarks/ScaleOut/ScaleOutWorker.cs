using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using OptiInfra.Benchmarks.Sagas;
using OptiInfra.EventStore;
using OptiInfra.Messaging;

namespace OptiInfra.Benchmarks.ScaleOut;

/// <summary>One of several processes that share the work; begins when it is told on standard input, ends with it.</summary>
static class ScaleOutWorker
{
    /// <summary>Names the schema to a process that is to be a worker.</summary>
    public const string Variable = "OPTIINFRA_SCALEOUT_SCHEMA";
    public const string SagaQueue = "bench-scaleout-saga";
    public const string AgentQueue = "bench-scaleout-agent";
    public const int Concurrency = 16;

    public static async Task RunAsync(BenchmarkContext context, string schema)
    {
        var begin = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSingleton(begin);
        builder.Services.AddSingleton(new SagaMeter());
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
    }

    public static void Configure(StoreOptions options, BenchmarkContext context, string schema)
    {
        options.ConnectionString = new NpgsqlConnectionStringBuilder(context.Postgres) { MaxPoolSize = 30 }.ConnectionString;
        (options.OwnerConnectionString, options.DatabaseSchemaName) = (context.PostgresOwner, schema);
        options.UseMessaging().Events.MapEventType<CallAnswered>("call_answered");
    }
}

public sealed record CallWanted(Guid InstanceId);

public sealed record CallAnswered(Guid InstanceId);

/// <summary>Waits as an agent does for a cloud, then appends what it learned.</summary>
sealed class WaitingAgent : IConsumer<CallWanted>
{
    static readonly TimeSpan CloudCall = TimeSpan.FromMilliseconds(20);

    public async Task Consume(ConsumeContext<CallWanted> context)
    {
        await Task.Delay(CloudCall, TimeProvider.System, context.CancellationToken);
        context.Session().Events.Append(context.Message.InstanceId, new CallAnswered(context.Message.InstanceId));
    }
}
