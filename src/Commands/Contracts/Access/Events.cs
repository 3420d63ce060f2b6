namespace OptiInfra.Contracts.Access;

/// <param name="Subject">Whom it stands for; the same for every token of one person or program.</param>
/// <param name="Name">For people.</param>
/// <param name="Customers">Those it may act for; <c>*</c> is every one.</param>
/// <param name="SecretHash">SHA-256 of the token's 48 bytes in hexadecimal digits: 256 of its bits are random, so the hash can be known to all.</param>
/// <param name="IssuedBy">The user of the machine, the subject that asked, or the sign-in that gave it.</param>
[EventType("token_issued")]
public sealed record TokenIssued(
    Guid TokenId,
    TokenKind Kind,
    string Subject,
    string Name,
    IReadOnlyList<Role> Roles,
    IReadOnlyList<string> Customers,
    string SecretHash,
    DateTimeOffset ExpiresAt,
    string IssuedBy,
    DateTimeOffset At);

/// <summary>A one-time token was used: it is worth nothing from now on.</summary>
[EventType("token_exchanged")]
public sealed record TokenExchanged(Guid TokenId, Guid SessionId, DateTimeOffset At);

[EventType("token_revoked")]
public sealed record TokenRevoked(Guid TokenId, string RevokedBy, string Reason, DateTimeOffset At);

/// <param name="Method">one_time_token, or oauth with the provider's issuer.</param>
[EventType("signed_in")]
public sealed record SignedIn(Guid TokenId, string Subject, string Name, string Method, string? Address, DateTimeOffset At);

/// <summary>Somebody was denied something. Equal denials that follow within a minute are counted, not written one by one.</summary>
/// <param name="Actor">The subject, or the network address of somebody who is not signed in.</param>
/// <param name="Operation">Field, page or sign-in that was asked for.</param>
/// <param name="Count">How many since <paramref name="Since"/>.</param>
[EventType("access_denied")]
public sealed record AccessDenied(
    string Actor,
    Guid? TokenId,
    string Operation,
    string Code,
    string Reason,
    int Count,
    DateTimeOffset Since,
    DateTimeOffset At);
