using System.Diagnostics;
using Npgsql;
using OptiInfra.Commands;
using OptiInfra.Contracts.SpotMigrations;
using OptiInfra.EventStore;
using OptiInfra.Projections;

namespace OptiInfra.Benchmarks.Latency;

/// <summary>From the start of a command to the moment at which its effect can be read from the projection.</summary>
public sealed class LatencyBenchmark : IBenchmark
{
    const int Warmup = 20;
    const int Samples = 200;

    public string Name => "latency";

    public string Description => "command to visible projection, one at a time, beside one raw INSERT and its SELECT on another connection";

    public async Task RunAsync(BenchmarkContext context, CancellationToken cancellationToken)
    {
        var schema = $"bench_latency_{Guid.NewGuid():N}";
        await using var store = DocumentStore.For(o =>
        {
            (o.ConnectionString, o.OwnerConnectionString, o.DatabaseSchemaName) = (context.Postgres, context.PostgresOwner, schema);
            o.UseCommands().AddProjections();
            o.Schema.For<RecordedCommand>();
        });
        await store.ApplyAllConfiguredChangesToDatabaseAsync(cancellationToken);
        await using var owner = NpgsqlDataSource.Create(context.PostgresOwner);
        try
        {
            await using var daemon = store.BuildProjectionDaemon();
            await daemon.StartAllAsync(cancellationToken);
            var executor = new CommandExecutor(store, TimeProvider.System);
            var decided = new List<double>();
            var visible = new List<double>();
            var raw = new List<double>();
            await ExecuteAsync(owner, $"create table {schema}.raw (id uuid primary key, data json)");
            await using var reader = await owner.OpenConnectionAsync(cancellationToken);
            long began = 0;
            for (var i = -Warmup; i < Samples; i++)
            {
                if (i == 0)
                    began = await TransactionsAsync(owner, cancellationToken);
                var (command, projection) = await MeasureAsync(store, executor, cancellationToken);
                var insert = await MeasureRawAsync(owner, reader, schema, cancellationToken);
                if (i < 0)
                    continue;
                decided.Add(command);
                visible.Add(projection);
                raw.Add(insert);
            }

            var transactions = await TransactionsAsync(owner, cancellationToken) - began;
            await daemon.StopAllAsync(cancellationToken);
            context.Table(["from the command's start, ms", "median", "p99"],
            [
                ["command committed", .. Row(decided)],
                ["projection visible", .. Row(visible)],
                ["raw insert visible to another connection", .. Row(raw)],
            ]);
            context.Say($"Transactions of the whole database, per command: {BenchmarkContext.Figure((double)transactions / Samples)}, of which the measurement's own are two and one per look. {store.Options.Projections.All.Count} projections follow the log.");
            context.Compare(Sample.Percentile(visible, 0.5), "ms to a visible projection, median", Sample.Percentile(raw, 0.5), "ms for a raw insert and its select");
        }
        finally
        {
            await ExecuteAsync(owner, $"drop schema {schema} cascade");
        }
    }

    /// <summary>Once every session has told its own, which it does a second after its last one at the latest.</summary>
    static async Task<long> TransactionsAsync(NpgsqlDataSource owner, CancellationToken cancellationToken)
    {
        await Task.Delay(TimeSpan.FromSeconds(1.5), TimeProvider.System, cancellationToken);
        await using var command = owner.CreateCommand("select xact_commit + xact_rollback from pg_stat_database where datname = current_database()");
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    static async Task<(double Command, double Visible)> MeasureAsync(IDocumentStore store, CommandExecutor executor, CancellationToken cancellationToken)
    {
        var id = Guid.CreateVersion7();
        var started = Stopwatch.GetTimestamp();
        var outcome = await executor.ExecuteAsync(
            new RequestMigration(id, SessionOptions.DefaultTenant, "benchmark", new FleetSelector(), new MigrationPolicy()),
            new CommandContext(Guid.CreateVersion7(), "benchmark", SessionOptions.DefaultTenant), cancellationToken);
        var command = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        if (outcome is CommandOutcome.Refused refused)
            throw new BenchmarkException(refused.Reason);
        while (true)
        {
            await using var session = store.QuerySession();
            if (await session.LoadAsync<MigrationSummary>(id, cancellationToken) is not null)
                return (command, Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            if (Stopwatch.GetElapsedTime(started) > TimeSpan.FromSeconds(30))
                throw new BenchmarkException("The projection was not visible within 30 s.");
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, cancellationToken);
        }
    }

    static async Task<double> MeasureRawAsync(NpgsqlDataSource owner, NpgsqlConnection reader, string schema, CancellationToken cancellationToken)
    {
        var id = Guid.CreateVersion7();
        var started = Stopwatch.GetTimestamp();
        await using (var insert = owner.CreateCommand($"insert into {schema}.raw values ($1, '{{}}')"))
        {
            insert.Parameters.Add(new() { Value = id });
            await insert.ExecuteNonQueryAsync(cancellationToken);
        }

        await using var select = new NpgsqlCommand($"select 1 from {schema}.raw where id = $1", reader) { Parameters = { new() { Value = id } } };
        if (await select.ExecuteScalarAsync(cancellationToken) is null)
            throw new BenchmarkException("A committed row was not visible.");
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }

    static async Task ExecuteAsync(NpgsqlDataSource owner, string sql)
    {
        await using var command = owner.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    static string[] Row(List<double> values) => [BenchmarkContext.Figure(Sample.Percentile(values, 0.5)), BenchmarkContext.Figure(Sample.Percentile(values, 0.99))];
}
