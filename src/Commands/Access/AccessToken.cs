using OptiInfra.Contracts.Access;

namespace OptiInfra.Commands.Access;

/// <summary>The state of one token, folded from its events; kept as a document too, so that a request finds it by one key.</summary>
public sealed record AccessToken
{
    public required Guid Id { get; init; }
    public required TokenKind Kind { get; init; }
    public required string Subject { get; init; }
    public required string Name { get; init; }
    public required IReadOnlyList<Role> Roles { get; init; }
    public required IReadOnlyList<string> Customers { get; init; }
    public required string SecretHash { get; init; }
    public required string IssuedBy { get; init; }
    public required DateTimeOffset IssuedAt { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
    public DateTimeOffset? ExchangedAt { get; init; }
    public DateTimeOffset? RevokedAt { get; init; }
    public string? RevokedBy { get; init; }

    /// <summary>Why it is worth nothing, in a word: revoked, exchanged or expired; null while it is good.</summary>
    public string? Fault(DateTimeOffset now) =>
        RevokedAt is not null ? "revoked" : ExchangedAt is not null ? "exchanged" : now >= ExpiresAt ? "expired" : null;

    public static AccessToken Create(TokenIssued e) => new()
    {
        Id = e.TokenId,
        Kind = e.Kind,
        Subject = e.Subject,
        Name = e.Name,
        Roles = e.Roles,
        Customers = e.Customers,
        SecretHash = e.SecretHash,
        IssuedBy = e.IssuedBy,
        IssuedAt = e.At,
        ExpiresAt = e.ExpiresAt,
    };

    public AccessToken Apply(TokenExchanged e) => this with { ExchangedAt = e.At };

    public AccessToken Apply(TokenRevoked e) => this with { RevokedAt = e.At, RevokedBy = e.RevokedBy };
}

/// <summary>When a token was last used, written at most every few minutes; no event, as it says nothing that a decision needs.</summary>
public sealed record AccessTokenUse
{
    public required Guid Id { get; init; }
    public required DateTimeOffset LastUsedAt { get; init; }
}
