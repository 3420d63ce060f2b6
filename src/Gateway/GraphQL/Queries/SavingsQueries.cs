using Microsoft.AspNetCore.Http;
using OptiInfra.EventStore;
using OptiInfra.Gateway.Access;
using OptiInfra.GraphQL;
using OptiInfra.Projections;

namespace OptiInfra.Gateway.GraphQL;

[QueryType]
static class SavingsQueries
{
    /// <summary>Promised, withdrawn and realised savings by calendar month (UTC), with their teams.</summary>
    public static async Task<IReadOnlyList<MonthOfSavings>> GetSavingsByMonthAsync(
        string? customer, HttpContext context, AccessGuard guard, IDocumentStore store, CancellationToken cancellationToken) =>
        [.. (await MonthsAsync(store, guard.RequireCustomer(context, "Query.savingsByMonth", customer), cancellationToken)).Select(month => MonthOfSavings.Of(month.Key, month.Value))];

    /// <summary>The same savings by the tag team, the largest realised saving first.</summary>
    /// <param name="team">Only this one; (none) for instances without the tag.</param>
    public static async Task<IReadOnlyList<TeamOfSavings>> GetSavingsByTeamAsync(
        string? team, string? customer, HttpContext context, AccessGuard guard, IDocumentStore store, CancellationToken cancellationToken)
    {
        var months = await MonthsAsync(store, guard.RequireCustomer(context, "Query.savingsByTeam", customer), cancellationToken);
        return
        [
            .. from part in months.SelectMany(month => month.Value.Teams, (month, of) => (Month: month.Key, Team: of.Key, Amounts: of.Value))
               where team is null || part.Team == team
               group part by part.Team into parts
               let total = parts.Aggregate(SavingAmounts.None, (sum, part) => sum.Plus(part.Amounts))
               orderby total.RealisedMonthlyUsd descending, parts.Key
               select new TeamOfSavings(parts.Key, Savings.Of(total), [.. parts.Select(part => new SavingsInMonth(part.Month, Savings.Of(part.Amounts)))]),
        ];
    }

    static async Task<IEnumerable<KeyValuePair<string, MonthSavings>>> MonthsAsync(IDocumentStore store, string customer, CancellationToken cancellationToken)
    {
        await using var session = store.QuerySession(customer);
        return (await session.LoadAsync<SavingsByMonth>(customer, cancellationToken))?.Months ?? Enumerable.Empty<KeyValuePair<string, MonthSavings>>();
    }
}
