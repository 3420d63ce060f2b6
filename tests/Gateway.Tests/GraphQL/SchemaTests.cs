using Microsoft.Extensions.DependencyInjection;
using OptiInfra.Gateway.Access;
using OptiInfra.GraphQL.Types;
using OptiInfra.Testing;

namespace OptiInfra.Gateway.Tests.GraphQL;

public sealed class SchemaTests
{
    static string Committed => Path.Combine(Repository.Root, "src/Gateway/schema.graphql");

    /// <summary><c>OPTIINFRA_RENEW_SCHEMA=1</c> writes the file instead; look at what changed before it is committed.</summary>
    [Fact]
    public async Task the_committed_schema_is_the_one_that_is_served()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var served = SchemaPrinter.Print(gateway.Services.GetRequiredService<Schema>());
        if (Environment.GetEnvironmentVariable("OPTIINFRA_RENEW_SCHEMA") == "1")
            await File.WriteAllTextAsync(Committed, served);
        Assert.Equal(await File.ReadAllTextAsync(Committed), served);
    }

    /// <summary>Generators and editors read the file: it must be a whole schema to them too.</summary>
    [Fact]
    public async Task the_committed_schema_is_valid_to_the_reference_implementation() =>
        Assert.Equal(["valid"], await NodeProgram.LinesAsync("Gateway.Tests", "schema.mjs", Committed));

    [Fact]
    public async Task the_policy_names_every_root_field_and_no_other()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var schema = gateway.Services.GetRequiredService<Schema>();
        ObjectType[] roots = [schema.QueryType, schema.MutationType!, schema.SubscriptionType!];
        var fields = roots.SelectMany(root => root.Fields.Where(field => !field.Name.StartsWith("__", StringComparison.Ordinal)).Select(field => $"{root.Name}.{field.Name}"));
        var named = AccessPolicy.Operations.Where(operation => roots.Any(root => operation.StartsWith(root.Name + ".", StringComparison.Ordinal)));
        Assert.Equal(fields.Order(StringComparer.Ordinal), named.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public async Task the_schema_is_told_only_where_the_setting_says_so(bool? setting, bool isTold)
    {
        await using var gateway = await GatewayFixture.StartAsync(options => options.AllowIntrospection = setting);
        var answer = await gateway.Client.AskAsync("{ __schema { queryType { name } } }");
        Assert.Equal(isTold, answer.TryGetProperty("data", out var data) && data.ToString().Contains("Query", StringComparison.Ordinal));
    }
}
