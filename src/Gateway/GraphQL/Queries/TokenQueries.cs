using Microsoft.AspNetCore.Http;
using OptiInfra.Commands.Access;
using OptiInfra.Contracts.Access;
using OptiInfra.EventStore;
using OptiInfra.Gateway.Access;
using OptiInfra.GraphQL;
using OptiInfra.GraphQL.Execution;

namespace OptiInfra.Gateway.GraphQL;

[QueryType]
static class TokenQueries
{
    static readonly DocumentPages<AccessToken, AccessToken> All = new(
        new Dictionary<string, DocumentField>(StringComparer.Ordinal) { ["id"] = new DocumentField.Leaf("id", "id", LeafKind.Text, IsNullable: false) }, usual: "id");

    /// <summary>
    /// Access tokens and sessions of the caller's customers, the newest first; never their secrets. A token that is good for
    /// a customer of others too is shown only to callers of all of its customers.
    /// </summary>
    /// <param name="includeEnded">Those too that are revoked, exchanged or expired.</param>
    [UsePaging(DefaultPageSize = 20, MaxPageSize = 100)]
    public static Task<Connection<Token>> GetTokensAsync(
        bool? includeEnded, PagingArguments paging, IResolverContext fieldContext, HttpContext context, AccessGuard guard, IDocumentStore store, TimeProvider clock, CancellationToken cancellationToken)
    {
        guard.Require(context, "Query.tokens");
        var (caller, now) = (context.RequiredCaller(), clock.GetUtcNow());
        return All.ReadAsync(store, CustomerNames.Access, fieldContext, paging, token => new Token(token, now), cancellationToken, conditions =>
        [
            .. caller.IsOfAllCustomers ? Array.Empty<string>() : [$"not exists (select from jsonb_array_elements_text(data->'customers') customer where customer <> all ({conditions.Add(caller.Customers.ToArray())}))"],
            .. includeEnded == true ? Array.Empty<string>() : ["data->>'revokedAt' is null", "data->>'exchangedAt' is null", $"(data->>'expiresAt') collate \"C\" > {conditions.Add(LeafKind.Instant.Parameter(now))}"],
        ]);
    }
}

/// <summary>What lets a person or program in, without its secret.</summary>
sealed class Token(AccessToken token, DateTimeOffset now)
{
    public Guid Id => token.Id;
    public TokenKind Kind => token.Kind;
    /// <summary>The same for every token of one person or program.</summary>
    public string Subject => token.Subject;
    public string Name => token.Name;
    public IReadOnlyList<Role> Roles => token.Roles;
    /// <summary>* is every customer.</summary>
    public IReadOnlyList<string> Customers => token.Customers;
    public string IssuedBy => token.IssuedBy;
    public DateTimeOffset IssuedAt => token.IssuedAt;
    public DateTimeOffset ExpiresAt => token.ExpiresAt;
    /// <summary>When a one-time token was given for a session.</summary>
    public DateTimeOffset? ExchangedAt => token.ExchangedAt;
    public DateTimeOffset? RevokedAt => token.RevokedAt;
    public string? RevokedBy => token.RevokedBy;
    /// <summary>It lets in now.</summary>
    public bool IsGood => token.Fault(now) is null;
}

[ObjectType<Token>]
static class TokenFields
{
    /// <summary>Within five minutes; null where it never was.</summary>
    public static async Task<DateTimeOffset?> GetLastUsedAtAsync([Parent] Token token, TokenUseLoader uses, CancellationToken cancellationToken) =>
        (await uses.LoadAsync(token.Id, cancellationToken))?.LastUsedAt;
}

sealed class TokenUseLoader(IBatchScheduler scheduler, IDocumentStore store) : BatchDataLoader<Guid, AccessTokenUse>(scheduler)
{
    protected override async Task<IReadOnlyDictionary<Guid, AccessTokenUse>> LoadBatchAsync(IReadOnlyList<Guid> keys, CancellationToken cancellationToken)
    {
        await using var session = store.QuerySession(CustomerNames.Access);
        var uses = await session.QueryAsync<AccessTokenUse>("where id = any($1)", cancellationToken, (object)keys.Select(id => id.ToString("D")).ToArray());
        return uses.ToDictionary(use => use.Id);
    }
}
