using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OptiInfra.GraphQL;
using OptiInfra.GraphQL.AspNetCore;

namespace OptiInfra.Benchmarks.GraphQL;

public sealed record Vote(string Voter, bool Accepted, double Confidence);

public sealed record Migration(
    string Id,
    string Name,
    string State,
    string InstanceType,
    string Region,
    int Nodes,
    double Progress,
    double Utilisation,
    string StartedAt,
    bool IsSpot,
    IReadOnlyList<Vote> Votes);

/// <summary>What the GraphQL server answers from.</summary>
public sealed class Query(IReadOnlyList<Migration> migrations)
{
    [ListSize(AssumedSize = 50, SlicingArguments = ["first"])]
    public IEnumerable<Migration> Migrations(int first) => migrations.Take(first);
}

/// <summary>A process of its own: GraphQL at one address, and beside it the same answer made by hand.</summary>
static class GraphQLServer
{
    /// <summary>Names the file of migrations to a process that is to be the server.</summary>
    public const string Variable = "OPTIINFRA_BENCHMARK_GRAPHQL_DATA";
    public const string PlainPath = "/plain";

    sealed record PlainRequest(string Query, PlainVariables Variables);

    sealed record PlainVariables(int First);

    public static async Task RunAsync(string file)
    {
        var migrations = JsonSerializer.Deserialize<List<Migration>>(await File.ReadAllTextAsync(file), JsonSerializerOptions.Web)!;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton<IReadOnlyList<Migration>>(migrations);
        builder.Services.AddGraphQLServer().AddQueryType<Query>();
        await using var application = builder.Build();
        application.MapGraphQL();
        application.MapPost(PlainPath, (PlainRequest request) => Results.Json(new { data = new { migrations = migrations.Take(request.Variables.First) } }));
        await application.StartAsync();
        Console.WriteLine(application.Urls.Single());
        await Console.In.ReadLineAsync();
        await application.StopAsync();
    }
}
