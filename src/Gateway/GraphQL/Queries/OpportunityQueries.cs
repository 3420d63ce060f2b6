using Microsoft.AspNetCore.Http;
using OptiInfra.EventStore;
using OptiInfra.Gateway.Access;
using OptiInfra.GraphQL;
using OptiInfra.GraphQL.Execution;
using OptiInfra.Projections;

namespace OptiInfra.Gateway.GraphQL;

[QueryType]
static class OpportunityQueries
{
    // an instance that a newer analysis refuses is none any more, so what was refused is looked at too
    static readonly DocumentPages<MigrationOpportunities, Opportunity> Newest = new(
        DocumentFields.Of<Opportunity>(new Dictionary<string, DocumentField>(StringComparer.Ordinal) { ["instanceId"] = new DocumentField.Leaf("id", "id", LeafKind.Text, IsNullable: false) }),
        usual: "expectedSavingMonthlyUsd")
    {
        With = """
            , analyses as (select id, data from documents order by (data->>'analysedAt') collate "C" desc limit 200),
            seen as (
                select distinct on (item->>'instanceId') item->>'instanceId' as id, analyses.id as migration, analyses.data as analysis, item, is_found
                  from analyses cross join lateral (
                       select found as item, true as is_found from jsonb_array_elements(analyses.data->'found') found
                       union all select refused, false from jsonb_array_elements(analyses.data->'refused') refused) items
                 order by item->>'instanceId', (analyses.data->>'analysedAt') collate "C" desc),
            opportunities as (
                select id, item || jsonb_build_object('migrationId', migration, 'analysedAt', analysis->'analysedAt', 'region', analysis->'region') as data
                  from seen where is_found)
            """,
        From = "opportunities",
    };

    /// <summary>Instances that are cheaper elsewhere, each as its newest analysis found it, among the customer's last 200; the largest saving first unless sorted otherwise.</summary>
    [UsePaging(IncludeTotalCount = true), UseFiltering, UseSorting]
    public static Task<Connection<Opportunity>> GetOpportunitiesAsync(
        string? customer, PagingArguments paging, IResolverContext fieldContext, HttpContext context, AccessGuard guard, IDocumentStore store, CancellationToken cancellationToken)
    {
        var of = guard.RequireCustomer(context, "Query.opportunities", customer);
        return Newest.ReadAsync(store, of, fieldContext, paging, found => found with { Customer = of }, cancellationToken);
    }

    /// <summary>The agents that were asked about the customer's last 500 plans, and what they said.</summary>
    public static async Task<IReadOnlyList<AgentRecord>> GetAgentsAsync(
        string? customer, HttpContext context, AccessGuard guard, IDocumentStore store, CancellationToken cancellationToken)
    {
        await using var session = store.QuerySession(guard.RequireCustomer(context, "Query.agents", customer));
        return await session.SelectAsync<AgentVotes, AgentRecord>(
            """
            select jsonb_build_object(
                       'name', agent, 'asked', count(*), 'approved', count(*) filter (where (vote->>'approved')::boolean), 'rejected', count(*) filter (where not (vote->>'approved')::boolean),
                       'excludedInstances', coalesce(sum(jsonb_array_length(vote->'excludedInstanceIds')), 0), 'meanConfidence', avg((vote->>'confidence')::float8), 'lastVoteAt', max((vote->>'at') collate "C"))
              from (select data from documents order by (data->>'deadline') collate "C" desc limit 500) plans
             cross join jsonb_array_elements_text(data->'voters') agent
              left join lateral (select v from jsonb_array_elements(data->'votes') v where v->>'agent' = agent limit 1) voted(vote) on true
             group by agent order by agent
            """,
            cancellationToken);
    }
}

/// <summary>What an agent said of plans.</summary>
/// <param name="Asked">Plans; of those that it neither approved nor rejected its vote is awaited, or never came.</param>
/// <param name="ExcludedInstances">Instances that it took out of plans.</param>
/// <param name="MeanConfidence">0..1; null where it has not voted.</param>
[ObjectType("Agent")]
sealed record AgentRecord(string Name, int Asked, int Approved, int Rejected, int ExcludedInstances, double? MeanConfidence, DateTimeOffset? LastVoteAt);
