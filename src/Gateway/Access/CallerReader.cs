using System.Text.Json;
using Microsoft.AspNetCore.Http;
using OptiInfra.Commands.Access;
using OptiInfra.Contracts.Access;
using OptiInfra.Gateway.Http;
using OptiInfra.Gateway.SignIn;

namespace OptiInfra.Gateway.Access;

/// <summary>What was found: a caller, a fault, or neither where nothing was sent.</summary>
public sealed record CallerReading(Caller? Caller, AccessVerdict.Denied? Fault)
{
    public static CallerReading Nobody { get; } = new(null, null);
}

/// <summary>
/// Finds out who asks. The token is looked up in the database each time, so that revoking it holds at once in every
/// process; that is one read by primary key.
/// </summary>
public sealed class CallerReader
{
    const string Scheme = "Bearer ";
    static readonly AccessVerdict.Denied BadToken = AccessVerdict.No("invalid_token", "The token is unknown, expired or revoked; sign in again.");
    static readonly AccessVerdict.Denied TooMany = AccessVerdict.No("too_many_failures", "Too many failed sign-ins from this address; wait a minute.");

    readonly AccessTokens tokens;
    readonly TokenUses uses;
    readonly FailedSignIns failures;
    readonly DenialLog denials;
    readonly TimeProvider clock;

    internal CallerReader(AccessTokens tokens, TokenUses uses, FailedSignIns failures, DenialLog denials, TimeProvider clock) =>
        (this.tokens, this.uses, this.failures, this.denials, this.clock) = (tokens, uses, failures, denials, clock);

    /// <summary>By <c>Authorization: Bearer</c>, else by the session's cookie.</summary>
    public async Task<CallerReading> ReadAsync(HttpContext context)
    {
        if (context.Request.Headers.Authorization is [{ } header])
            return await ReadAsync(context, WithoutScheme(header), byCookie: false);
        return SessionCookie.Read(context) is { } cookie ? await ReadAsync(context, cookie, byCookie: true) : CallerReading.Nobody;
    }

    /// <summary>
    /// By the payload of a WebSocket's connection_init: <c>Authorization</c> (with or without the word Bearer) or
    /// <c>authToken</c>, upper or lower case; without one, by what the upgrade request itself carried.
    /// </summary>
    public async Task<CallerReading> ReadConnectionInitAsync(HttpContext context, JsonElement? payload)
    {
        if (payload is { ValueKind: JsonValueKind.Object } sent)
            foreach (var property in sent.EnumerateObject())
                if ((property.NameEquals("authToken") || property.Name.Equals("Authorization", StringComparison.OrdinalIgnoreCase)) && property.Value.ValueKind == JsonValueKind.String)
                    return await ReadAsync(context, WithoutScheme(property.Value.GetString()!), byCookie: false);
        return context.Caller() is { } known ? new CallerReading(known, null) : CallerReading.Nobody;
    }

    async Task<CallerReading> ReadAsync(HttpContext context, string text, bool byCookie)
    {
        var address = context.Connection.RemoteIpAddress;
        var known = TokenSecret.TryRead(text, out var id, out _) && uses.Knows(id);
        // others behind the same address whose tokens were good lately are not locked out with whoever guesses there
        if (!known && failures.IsBlocked(address))
            return new CallerReading(null, TooMany);
        var token = await tokens.FindAsync(text, context.RequestAborted);
        var fault = token is null ? "unknown" : token.Kind is TokenKind.OneTime ? "one-time: exchange it at /signin" : token.Fault(clock.GetUtcNow());
        if (fault is not null)
        {
            failures.Failed(address);
            denials.Record(token is null ? null : ToCaller(token, byCookie), address?.ToString(), "token", BadToken with { Reason = $"The token is {fault}." });
            return new CallerReading(null, BadToken);
        }

        await uses.SeenAsync(token!.Id);
        return new CallerReading(ToCaller(token, byCookie), null);
    }

    static Caller ToCaller(AccessToken token, bool byCookie) => new()
    {
        Id = token.Subject,
        Name = token.Name,
        TokenId = token.Id,
        Kind = token.Kind,
        Roles = token.Roles,
        Customers = token.Customers,
        ExpiresAt = token.ExpiresAt,
        ByCookie = byCookie,
    };

    static string WithoutScheme(string header) => header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? header[Scheme.Length..].Trim() : header.Trim();
}
