using System.Text.Json;
using System.Text.Json.Nodes;
using Npgsql;
using OptiInfra.Commands;
using OptiInfra.Contracts;
using OptiInfra.EventStore;
using OptiInfra.Testing;

namespace OptiInfra.Projections.Tests;

/// <summary>A store of a test's own with all projections, its daemon running.</summary>
sealed class ProjectionFixture : IAsyncDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    readonly PostgresSchema home;
    readonly IProjectionDaemon projections;

    ProjectionFixture(PostgresSchema home, IDocumentStore store, IProjectionDaemon projections)
    {
        this.home = home;
        Store = store;
        this.projections = projections;
    }

    public IDocumentStore Store { get; }

    public static async Task<ProjectionFixture> CreateAsync()
    {
        var schema = await PostgresSchema.CreateAsync("projections");
        var store = DocumentStore.For(options =>
        {
            options.ConnectionString = schema.AppConnectionString;
            options.OwnerConnectionString = schema.OwnerConnectionString;
            options.DatabaseSchemaName = schema.Schema;
            options.UseCommands().AddProjections();
        });
        await store.ApplyAllConfiguredChangesToDatabaseAsync();
        var daemon = store.BuildProjectionDaemon();
        await daemon.StartAllAsync();
        return new ProjectionFixture(schema, store, daemon);
    }

    /// <summary>Appends what the story has told and this store has not seen, and waits for the projections.</summary>
    public async Task GivenAsync(IStory story, string? actor = "an actor")
    {
        await using var session = Store.LightweightSession(new SessionOptions { TenantId = story.Customer, Actor = actor });
        var seen = (int)((await session.Events.FetchStreamStateAsync(story.Id))?.Version ?? 0);
        session.Events.AppendAt(story.Id, seen, [.. story.Events.Skip(seen)]);
        await session.SaveChangesAsync();
        await projections.WaitForNonStaleProjectionDataAsync(Patience);
    }

    public async Task<T> ThenAsync<T>(IStory story) where T : class
    {
        await using var session = Store.QuerySession(story.Customer);
        return await session.LoadAsync<T>(story.Id) ?? throw new InvalidOperationException($"There is no {typeof(T).Name} of {story.Id}.");
    }

    public async Task RebuildAsync()
    {
        foreach (var (projection, _) in Store.Options.Projections.All)
            await projections.RebuildProjectionAsync(projection.Name);
        await projections.WaitForNonStaleProjectionDataAsync(Patience);
    }

    /// <summary>Every document of every projection, as text.</summary>
    public async Task<IReadOnlyDictionary<string, string>> DocumentsAsync()
    {
        var documents = new SortedDictionary<string, string>(StringComparer.Ordinal);
        await using var connection = new NpgsqlConnection(home.AppConnectionString);
        await connection.OpenAsync();
        foreach (var type in Store.Options.Projections.All.SelectMany(p => p.Projection.DocumentTypes))
        {
            var table = "doc_" + JsonNamingPolicy.SnakeCaseLower.ConvertName(type.Name);
            await using var command = new NpgsqlCommand($"select tenant_id, id, data::text from {table}", connection);
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync())
                documents[$"{table} {reader.GetString(0)} {reader.GetString(1)}"] = reader.GetString(2);
        }

        return documents;
    }

    public static string Json<T>(T document) => JsonNode.Parse(JsonSerializer.Serialize(document, ContractsJson.Options))!.ToJsonString();

    public async ValueTask DisposeAsync()
    {
        await projections.DisposeAsync();
        await Store.DisposeAsync();
        await home.DisposeAsync();
    }
}
