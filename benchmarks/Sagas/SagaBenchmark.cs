using MassTransit;
using MassTransit.Configuration;
using MassTransit.Saga;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using OptiInfra.EventStore;
using OptiInfra.Messaging;

namespace OptiInfra.Benchmarks.Sagas;

/// <summary>Messages that wait in a queue are handled by a saga until the queue is empty and every state is committed.</summary>
public sealed class SagaBenchmark : IBenchmark
{
    const int Rounds = 3;
    const int Prefetch = 64;
    const int Concurrency = 32;

    public string Name => "saga";

    public string Description => "saga messages per second, with inbox, beside MassTransit on the plainest repository that commits each message, without";

    public async Task RunAsync(BenchmarkContext context, CancellationToken cancellationToken)
    {
        var schema = $"bench_saga_{Guid.NewGuid():N}";
        var application = new NpgsqlConnectionStringBuilder(context.Postgres) { SearchPath = schema, MaxPoolSize = 60 }.ConnectionString;
        await using var store = DocumentStore.For(o =>
        {
            (o.ConnectionString, o.OwnerConnectionString, o.DatabaseSchemaName) = (application, context.PostgresOwner, schema);
            o.UseMessaging();
        });
        await store.ApplyAllConfiguredChangesToDatabaseAsync(cancellationToken);
        await using var owner = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(context.PostgresOwner) { SearchPath = schema }.ConnectionString);
        var role = new NpgsqlConnectionStringBuilder(context.Postgres).Username;
        await ExecuteAsync(owner, $"create table plain_saga (correlation_id uuid primary key, data jsonb not null) with (fillfactor = 70); grant all on plain_saga to \"{role}\"");
        try
        {
            await MeasureAsync(context, owner, store, application, cancellationToken);
        }
        finally
        {
            await ExecuteAsync(owner, $"drop schema {schema} cascade");
        }
    }

    static async Task MeasureAsync(BenchmarkContext context, NpgsqlDataSource owner, DocumentStore store, string application, CancellationToken cancellationToken)
    {
        var sender = Bus.Factory.CreateUsingRabbitMq(bus => bus.Host(context.RabbitMq));
        await sender.StartAsync(cancellationToken);
        await using var plainSource = new NpgsqlDataSourceBuilder(
            new NpgsqlConnectionStringBuilder(application) { MaxAutoPrepare = 100, AutoPrepareMinUsages = 2 }.ConnectionString).Build();
        var load = new SagaLoad(context.RabbitMq, owner, sender);
        try
        {
            var rows = new List<IReadOnlyList<string>>();
            (double Ours, double Plain)? headline = null;
            foreach (var (sagas, messages) in ((int, int)[])[(500, 20), (20, 250), (1, 2000)])
            {
                var (ours, plain) = (new List<(double Rate, double Runs)>(), new List<(double Rate, double Runs)>());
                for (var round = 0; round <= Rounds; round++)
                {
                    plain.Add(await load.RunAsync(services => AddPlain(services, context, plainSource, load.Queue), "plain_saga", sagas, messages, cancellationToken));
                    ours.Add(await load.RunAsync(services => AddOurs(services, context, store, load.Queue), "saga_state", sagas, messages, cancellationToken));
                }

                // the first round compiles and fills the pools
                var (oursMedian, plainMedian) = (Median(ours[1..]), Median(plain[1..]));
                rows.Add([
                    $"{sagas} × {messages}", BenchmarkContext.Figure(oursMedian.Rate), BenchmarkContext.Figure(plainMedian.Rate),
                    BenchmarkContext.Figure(oursMedian.Rate / plainMedian.Rate), $"{oursMedian.Runs:0.00}", $"{plainMedian.Runs:0.00}"]);
                headline ??= (oursMedian.Rate, plainMedian.Rate);
            }

            context.Say($"Messages per second from the first message to the last commit; prefetch {Prefetch}, {Concurrency} at once; medians of {Rounds} rounds, in turns. Runs: how often the state machine ran for a message.");
            context.Table(["sagas × messages", "ours, with inbox", "plain, without", "ratio", "our runs", "plain runs"], rows);
            context.Compare(headline!.Value.Ours, "messages/s", headline.Value.Plain, "messages/s by the plain repository");
        }
        finally
        {
            await sender.StopAsync(CancellationToken.None);
            await load.DeleteQueueAsync();
        }
    }

    static void AddOurs(IServiceCollection services, BenchmarkContext context, DocumentStore store, string queue) => services
        .AddSingleton<IDocumentStore>(store)
        .AddMessaging(
            o => (o.RabbitMq, o.PrefetchCount, o.ConcurrentMessageLimit, o.RunRelay, o.RunScheduler) = (context.RabbitMq, Prefetch, Concurrency, false, false),
            x => x.AddSagaStateMachine<CounterStateMachine, CounterState>().Endpoint(e => Shape(e, queue)));

    static void AddPlain(IServiceCollection services, BenchmarkContext context, NpgsqlDataSource source, string queue) => services
        .AddSingleton(source)
        .AddMassTransit(x =>
        {
            x.DisableUsageTelemetry();
            var saga = x.AddSagaStateMachine<CounterStateMachine, CounterState>();
            saga.Endpoint(e => Shape(e, queue));
            saga.Repository(r => r.RegisterSagaRepository<CounterState, NpgsqlConnection,
                SagaConsumeContextFactory<NpgsqlConnection, CounterState>, PlainSagaRepositoryContextFactory<CounterState>>());
            x.UsingRabbitMq((registration, bus) =>
            {
                bus.Host(context.RabbitMq);
                (bus.PrefetchCount, bus.ConcurrentMessageLimit) = (Prefetch, Concurrency);
                bus.UseMessageRetry(r =>
                {
                    r.Handle<MassTransit.ConcurrencyException>();
                    r.Immediate(10);
                });
                bus.ConfigureEndpoints(registration);
            });
        });

    /// <summary>No exchange for the event: the load is sent to the queue.</summary>
    static void Shape(IEndpointRegistrationConfigurator endpoint, string queue) => (endpoint.Name, endpoint.ConfigureConsumeTopology) = (queue, false);

    static (double Rate, double Runs) Median(List<(double Rate, double Runs)> rounds) => rounds.OrderBy(r => r.Rate).ElementAt(rounds.Count / 2);

    static async Task ExecuteAsync(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
