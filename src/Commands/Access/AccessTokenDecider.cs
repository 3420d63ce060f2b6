using OptiInfra.Contracts.Access;

namespace OptiInfra.Commands.Access;

/// <summary>What a token is asked for with.</summary>
/// <param name="Lifetime">From now; more than zero, at most two years.</param>
public sealed record TokenRequest(
    TokenKind Kind, string Subject, string Name, IReadOnlyList<Role> Roles, IReadOnlyList<string> Customers, TimeSpan Lifetime, string IssuedBy);

/// <summary>Decides about tokens: no I/O, no clock but the instant it is given.</summary>
public static class AccessTokenDecider
{
    public static readonly TimeSpan LongestLifetime = TimeSpan.FromDays(730);
    const int LongestName = 200;

    public static Decision Issue(TokenRequest request, Guid id, string secretHash, DateTimeOffset now)
    {
        if (request.Name is not { Length: > 0 and <= LongestName } || request.Name.Any(char.IsControl))
            return Decision.Refuse("invalid_name", $"A token needs a name of 1 to {LongestName} characters.");
        if (request.Subject is not { Length: > 0 and <= LongestName } || request.Subject.Any(char.IsControl))
            return Decision.Refuse("invalid_subject", $"A token stands for a subject of 1 to {LongestName} characters.");
        if (request.Roles.Count == 0)
            return Decision.Refuse("no_role", "A token needs at least one role: viewer, operator, approver or admin.");
        if (request.Customers.Count == 0)
            return Decision.Refuse("no_customer", "A token needs at least one customer, or * for all.");
        if (request.Customers.FirstOrDefault(c => c != CustomerNames.All && !CustomerNames.IsName(c)) is { } wrong)
            return Decision.Refuse("invalid_customer", $"'{wrong}' cannot name a customer: 1 to {CustomerNames.MaxLength} characters that do not begin with $, or * for all.");
        if (request.Lifetime <= TimeSpan.Zero || request.Lifetime > LongestLifetime)
            return Decision.Refuse("invalid_lifetime", $"A token lives longer than zero and at most {LongestLifetime.Days} days.");
        return Decision.Accept(new TokenIssued(
            id, request.Kind, request.Subject, request.Name,
            [.. request.Roles.Distinct().Order()], [.. request.Customers.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
            secretHash, now + request.Lifetime, request.IssuedBy, now));
    }

    public static Decision Exchange(AccessToken? state, Guid sessionId, DateTimeOffset now) =>
        state is null ? Decision.Refuse("unknown_token", "There is no such token.")
        : state.Fault(now) is { } fault ? Decision.Refuse($"{fault}_token", $"The token is {fault}.")
        : state.Kind is not TokenKind.OneTime ? Decision.Refuse("not_one_time", "Only a one-time token can be exchanged; this one is used as it is.")
        : Decision.Accept(new TokenExchanged(state.Id, sessionId, now));

    public static Decision Revoke(AccessToken? state, string revokedBy, string reason, DateTimeOffset now) =>
        state is null ? Decision.Refuse("unknown_token", "There is no such token; `optiinfra token list` shows those that exist.")
        : state.RevokedAt is not null ? Decision.Nothing
        : Decision.Accept(new TokenRevoked(state.Id, revokedBy, reason, now));
}
