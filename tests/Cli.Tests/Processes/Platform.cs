using Npgsql;
using OptiInfra.Cli.Hosting;
using OptiInfra.Commands;
using OptiInfra.EventStore;
using OptiInfra.Projections.Tests;
using OptiInfra.Testing;

namespace OptiInfra.Cli.Tests.Processes;

/// <summary>A schema of a test's own as the program sees it, with migrations and jobs told into it by the real executor.</summary>
sealed class Platform : IAsyncDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    readonly PostgresSchema home;
    readonly ManualTimeProvider clock;
    readonly IDocumentStore store;

    Platform(PostgresSchema home, ManualTimeProvider clock, IDocumentStore store)
    {
        this.home = home;
        this.clock = clock;
        this.store = store;
    }

    public string Schema => home.Schema;
    public string OwnerConnectionString => home.OwnerConnectionString;

    /// <summary>What the program needs to find this schema.</summary>
    public Dictionary<string, string> Environment => new(StringComparer.Ordinal)
    {
        ["OPTIINFRA_POSTGRES"] = home.AppConnectionString,
        ["OPTIINFRA_POSTGRES_OWNER"] = home.OwnerConnectionString,
        ["OPTIINFRA_SCHEMA"] = home.Schema,
        ["OPTIINFRA_RABBITMQ"] = TestServices.RabbitMq.ToString(),
    };

    public static async Task<Platform> CreateAsync(bool applied = true)
    {
        var home = await PostgresSchema.CreateAsync("cli");
        var clock = new ManualTimeProvider(MigrationStory.Start);
        var settings = new PlatformSettings { Postgres = home.AppConnectionString, PostgresOwner = home.OwnerConnectionString, Schema = home.Schema, Clock = clock };
        var store = PlatformStore.Open(settings);
        if (applied)
            await store.ApplyAllConfiguredChangesToDatabaseAsync();
        return new Platform(home, clock, store);
    }

    /// <summary>Executes the story's commands at their instants, and builds the read models.</summary>
    public async Task<TStory> TellAsync<TStory>(TStory story) where TStory : IStory
    {
        await ExecuteAsync(story);
        await using var daemon = store.BuildProjectionDaemon();
        await daemon.StartAllAsync();
        await daemon.WaitForNonStaleProjectionDataAsync(Patience);
        return story;
    }

    /// <summary>Executes the story's commands at their instants; building the read models is somebody else's work.</summary>
    public async Task ExecuteAsync(IStory story)
    {
        var executor = new CommandExecutor(store, clock);
        foreach (var (command, at) in story.Commands)
        {
            // stories may lie at other times: this clock only ever moves on
            if (at > clock.GetUtcNow())
                clock.AdvanceTo(at);
            var outcome = await executor.ExecuteAsync(command, new CommandContext(Guid.CreateVersion7(), "ana", story.Customer));
            Assert.IsType<CommandOutcome.Accepted>(outcome);
        }
    }

    /// <summary>Appends events as they are, as if commands had led to them.</summary>
    public async Task AppendAsync(Guid stream, params object[] events)
    {
        await using var session = store.LightweightSession();
        session.Events.Append(stream, events);
        await session.SaveChangesAsync();
    }

    public async Task ExecuteAsOwnerAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(home.OwnerConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>One value, as text, as the owner sees it.</summary>
    public async Task<string?> ScalarAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(home.OwnerConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return Convert.ToString(await command.ExecuteScalarAsync(), System.Globalization.CultureInfo.InvariantCulture);
    }

    public Task<CliResult> RunAsync(params string[] arguments) => CliProcess.RunAsync(Environment, arguments);

    public async ValueTask DisposeAsync()
    {
        await store.DisposeAsync();
        await home.DisposeAsync();
    }
}
