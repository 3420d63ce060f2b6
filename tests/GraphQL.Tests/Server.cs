using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using OptiInfra.GraphQL.AspNetCore;
using OptiInfra.GraphQL.Execution;
using OptiInfra.GraphQL.Types;

namespace OptiInfra.GraphQL.Tests;

/// <summary>A server without transport.</summary>
sealed class Server : IAsyncDisposable
{
    readonly ServiceProvider _services;

    public Server(Action<IRequestExecutorBuilder> build)
    {
        var services = new ServiceCollection();
        build(services.AddGraphQLServer().DisableIntrospection(disable: false));
        _services = services.BuildServiceProvider();
    }

    public static Server Of<TQuery>() => new(builder => builder.AddQueryType<TQuery>());

    public IServiceProvider Services => _services;
    public Schema Schema => _services.GetRequiredService<Schema>();

    public async Task<string> Execute(string query, object? variables = null, string? operationName = null)
    {
        await using var scope = _services.CreateAsyncScope();
        await using var result = await Send(scope.ServiceProvider, query, variables, operationName);
        return Assert.IsType<OperationResult>(result).ToJson();
    }

    public async IAsyncEnumerable<string> Subscribe(string query, object? variables = null)
    {
        await using var scope = _services.CreateAsyncScope();
        await using var result = await Send(scope.ServiceProvider, query, variables, null);
        await foreach (var one in Assert.IsType<ResponseStream>(result).Results)
        {
            await using (one) yield return one.ToJson();
        }
    }

    ValueTask<ExecutionResult> Send(IServiceProvider services, string query, object? variables, string? operationName) =>
        _services.GetRequiredService<RequestExecutor>().ExecuteAsync(
            new() { Query = query, OperationName = operationName, Variables = variables is null ? default : JsonSerializer.SerializeToElement(variables) }, services);

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
