using Microsoft.AspNetCore.Http;
using OptiInfra.EventStore;
using OptiInfra.Gateway.Access;
using OptiInfra.GraphQL;
using OptiInfra.GraphQL.Execution;
using OptiInfra.Projections;

namespace OptiInfra.Gateway.GraphQL;

/// <summary>What can be asked. Each field is about one customer: the argument's, else the header's, else the token's only one.</summary>
[QueryType]
static class MigrationQueries
{
    static readonly DocumentPages<MigrationSummary, MigrationSummary> Summaries = new(
        DocumentFields.Of<Migration>(new Dictionary<string, DocumentField>(StringComparer.Ordinal)
        {
            ["id"] = new DocumentField.Leaf("id", "id", LeafKind.Text, IsNullable: false),
            ["customer"] = DocumentFields.Leaf("data", "customerId", typeof(string), isNullable: false),
            ["opportunityCount"] = DocumentFields.Leaf("data", "opportunities", typeof(int), isNullable: false),
            // a read model is of no version
            ["version"] = new DocumentField.Leaf("null::numeric", "null::numeric", LeafKind.Number),
            ["refusals"] = new DocumentField.Rows("jsonb_each_text(data->'refusals') as refusal", new Dictionary<string, DocumentField>(StringComparer.Ordinal)
            {
                ["reason"] = new DocumentField.Leaf("refusal.key", "refusal.key", LeafKind.Text, IsNullable: false, Words: true),
                ["instances"] = new DocumentField.Leaf("refusal.value::numeric", "refusal.value::numeric", LeafKind.Number, IsNullable: false),
            }),
        }),
        usual: "requestedAt");

    /// <summary>The customer's migrations, the newest first unless sorted otherwise.</summary>
    [UsePaging(IncludeTotalCount = true), UseFiltering, UseSorting]
    public static Task<Connection<Migration>> GetMigrationsAsync(
        string? customer, PagingArguments paging, IResolverContext fieldContext, HttpContext context, AccessGuard guard, IDocumentStore store, CancellationToken cancellationToken) =>
        Summaries.ReadAsync(store, guard.RequireCustomer(context, "Query.migrations", customer), fieldContext, paging, summary => new Migration(summary, null), cancellationToken);

    /// <summary>One migration as the read models show it; null where the customer has none of this id.</summary>
    public static async Task<Migration?> GetMigrationAsync(
        Guid id, string? customer, HttpContext context, AccessGuard guard, IDocumentStore store, CancellationToken cancellationToken)
    {
        await using var session = store.QuerySession(guard.RequireCustomer(context, "Query.migration", customer));
        return await session.LoadAsync<MigrationSummary>(id, cancellationToken) is { } summary ? new Migration(summary, null) : null;
    }

    /// <summary>A migration as it was: after the event of a version, or at a time. Null where there was none then.</summary>
    /// <param name="version">From 1; beyond the last event it is the last.</param>
    /// <param name="time">Instead of a version.</param>
    public static async Task<Migration?> GetMigrationAsOfAsync(
        Guid id, long? version, DateTimeOffset? time, string? customer, HttpContext context, AccessGuard guard, IDocumentStore store, CancellationToken cancellationToken)
    {
        var of = guard.RequireCustomer(context, "Query.migrationAsOf", customer);
        if (version is null == time is null)
            throw FieldAccess.BadInput("Give either version or time.");
        if (version < 1)
            throw FieldAccess.BadInput($"version counts from 1; it is {version}.");
        return await MigrationHistory.ReadAsync(store, of, id, cancellationToken, version ?? 0, time);
    }
}
