using OptiInfra.Contracts.Access;
using OptiInfra.EventStore;

namespace OptiInfra.Commands.Access;

/// <summary>A token that was just issued; its text is never to be had again.</summary>
public sealed record IssuedToken(AccessToken Token, string Text);

/// <summary>What came of asking for a token.</summary>
public abstract record TokenOutcome
{
    TokenOutcome() { }

    public sealed record Given(IssuedToken Issued) : TokenOutcome;
    public sealed record Refused(string Code, string Reason) : TokenOutcome;
}

/// <summary>Issues, exchanges, revokes and finds tokens. Events and document of a token are written in one transaction.</summary>
public sealed class AccessTokens(IDocumentStore store, TimeProvider clock)
{
    static readonly Guid Namespace = Guid.Parse("6f7d6b0e-5d55-4a0a-9c5e-3f6f0d6a1c11");

    DateTimeOffset Now => clock.GetUtcNow();

    /// <param name="signedIn">How the person came in, where it is a session's token.</param>
    public async Task<TokenOutcome> IssueAsync(TokenRequest request, SignInMethod? signedIn = null, CancellationToken cancellationToken = default)
    {
        await using var session = Open(request.IssuedBy);
        var outcome = Issue(session, request, signedIn, Guid.CreateVersion7(Now));
        if (outcome is TokenOutcome.Given)
            await session.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
        return outcome;
    }

    /// <summary>A one-time token for somebody who runs the platform for the first time.</summary>
    /// <returns>Null when there is a good admin's token, or another process was faster.</returns>
    public async Task<IssuedToken?> IssueFirstAsync(TimeSpan lifetime, CancellationToken cancellationToken = default)
    {
        var admins = await AdminsAsync(cancellationToken).ConfigureAwait(false);
        if (admins.Any(t => t.Fault(Now) is null))
            return null;
        const string subject = "local:admin";
        await using var session = Open(subject);
        // the same id in every process that starts now: one of them wins; sessions do not count, as they are forgotten some time
        var id = CommandIds.Derive(Namespace, $"first token after {admins.Count(t => t.Kind is not TokenKind.Session)} that are no sessions");
        var request = new TokenRequest(TokenKind.OneTime, subject, "admin of this machine", [Role.Admin], [CustomerNames.All], lifetime, "first run");
        if (Issue(session, request, null, id) is not TokenOutcome.Given given)
            return null;
        try
        {
            await session.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
            return given.Issued;
        }
        catch (ConcurrencyException)
        {
            return null;
        }
    }

    /// <summary>Gives a session for a one-time token, once.</summary>
    public async Task<TokenOutcome> ExchangeAsync(string? text, TimeSpan sessionLifetime, string? address, CancellationToken cancellationToken = default)
    {
        if (!TokenSecret.TryRead(text, out var id, out var hash))
            return new TokenOutcome.Refused("no_token", $"That is no token: one begins with {TokenSecret.Prefix} and has 67 characters.");
        await using var session = Open(null);
        var stream = await session.Events.FetchForWriting<AccessToken>(id, cancellationToken).ConfigureAwait(false);
        var state = stream.Aggregate is { } known && TokenSecret.Matches(known, hash) ? known : null;
        var sessionId = Guid.CreateVersion7(Now);
        if (AccessTokenDecider.Exchange(state, sessionId, Now) is Decision.Refused refused)
            return new TokenOutcome.Refused(refused.Code, refused.Reason);
        session.Metadata = session.Metadata with { Actor = state!.Subject };
        stream.AppendOne(new TokenExchanged(id, sessionId, Now));
        session.Store(stream.Aggregate!);
        var request = new TokenRequest(TokenKind.Session, state.Subject, state.Name, state.Roles, state.Customers, sessionLifetime, $"one-time token {id}");
        var outcome = Issue(session, request, new SignInMethod("one_time_token", address), sessionId);
        try
        {
            await session.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
            return outcome;
        }
        catch (ConcurrencyException)
        {
            return new TokenOutcome.Refused("exchanged_token", "The token is exchanged.");
        }
    }

    /// <summary>Revokes at once and for every process; revoking twice does nothing.</summary>
    public async Task<CommandOutcome> RevokeAsync(Guid id, string revokedBy, string reason, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            await using var session = Open(revokedBy);
            var stream = await session.Events.FetchForWriting<AccessToken>(id, cancellationToken).ConfigureAwait(false);
            switch (AccessTokenDecider.Revoke(stream.Aggregate, revokedBy, reason, Now))
            {
                case Decision.Refused refused:
                    return new CommandOutcome.Refused(refused.Code, refused.Reason);
                case Decision.Accepted { Events: { Count: > 0 } events }:
                    stream.AppendMany(events);
                    session.Store(stream.Aggregate!);
                    try
                    {
                        await session.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
                        return new CommandOutcome.Accepted(events);
                    }
                    catch (ConcurrencyException)
                    {
                        // exchanged or revoked meanwhile: look again
                        continue;
                    }

                default:
                    return new CommandOutcome.Accepted([]);
            }
        }
    }

    /// <summary>The token of that text, good or not; null when there is none, or the secret is wrong.</summary>
    public async Task<AccessToken?> FindAsync(string? text, CancellationToken cancellationToken = default)
    {
        if (!TokenSecret.TryRead(text, out var id, out var hash))
            return null;
        await using var session = store.QuerySession(CustomerNames.Access);
        return await session.LoadAsync<AccessToken>(id, cancellationToken).ConfigureAwait(false) is { } token && TokenSecret.Matches(token, hash) ? token : null;
    }

    async Task<IReadOnlyList<AccessToken>> AdminsAsync(CancellationToken cancellationToken)
    {
        await using var session = store.QuerySession(CustomerNames.Access);
        return await session.QueryAsync<AccessToken>("where data->'roles' @> '[\"admin\"]'", cancellationToken).ConfigureAwait(false);
    }

    /// <summary>All of them, the newest first.</summary>
    public async Task<IReadOnlyList<AccessToken>> ListAsync(CancellationToken cancellationToken = default)
    {
        await using var session = store.QuerySession(CustomerNames.Access);
        return await session.QueryAsync<AccessToken>("order by id desc", cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Of the given tokens those that are revoked by now.</summary>
    public async Task<IReadOnlyList<AccessToken>> RevokedAsync(IReadOnlyCollection<Guid> ids, CancellationToken cancellationToken = default)
    {
        await using var session = store.QuerySession(CustomerNames.Access);
        return await session.QueryAsync<AccessToken>(
            "where id = any($1) and data->>'revokedAt' is not null", cancellationToken, [ids.Select(id => id.ToString("D")).ToArray()]).ConfigureAwait(false);
    }

    public async Task RecordUseAsync(Guid id, CancellationToken cancellationToken = default)
    {
        await using var session = Open(null);
        session.Store(new AccessTokenUse { Id = id, LastUsedAt = Now });
        await session.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>When each token was last used, within five minutes; those that never were are absent.</summary>
    public async Task<IReadOnlyDictionary<Guid, DateTimeOffset>> UsesAsync(CancellationToken cancellationToken = default)
    {
        await using var session = store.QuerySession(CustomerNames.Access);
        return (await session.QueryAsync<AccessTokenUse>("", cancellationToken).ConfigureAwait(false)).ToDictionary(u => u.Id, u => u.LastUsedAt);
    }

    /// <summary>
    /// Forgets what is kept of sessions that ended before an instant, which is only good for finding and listing them; their
    /// events stay.
    /// </summary>
    /// <returns>How many, at most a thousand at a time.</returns>
    public async Task<int> ForgetSessionsAsync(DateTimeOffset endedBefore, CancellationToken cancellationToken = default)
    {
        var schema = $"\"{store.Options.DatabaseSchemaName}\"";
        await using var command = store.DataSource.CreateCommand($"""
            with ended as (
                select id from {schema}.doc_access_token
                 where tenant_id = $1 and data->>'kind' = 'session' and least((data->>'expiresAt')::timestamptz, (data->>'revokedAt')::timestamptz) < $2 limit 1000),
            uses as (delete from {schema}.doc_access_token_use where tenant_id = $1 and id in (select id from ended))
            delete from {schema}.doc_access_token where tenant_id = $1 and id in (select id from ended)
            """);
        command.Parameters.Add(new() { Value = CustomerNames.Access });
        command.Parameters.Add(new() { Value = endedBefore.ToUniversalTime() });
        return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes denials to the stream of the day.</summary>
    public async Task RecordDenialsAsync(IReadOnlyList<AccessDenied> denials, CancellationToken cancellationToken = default)
    {
        foreach (var byActor in denials.GroupBy(d => (d.Actor, Day: DateOnly.FromDateTime(d.At.UtcDateTime))))
        {
            await using var session = Open(byActor.Key.Actor);
            session.Events.Append(DenialsOf(byActor.Key.Day), [.. byActor]);
            await session.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The stream that holds a day's denials.</summary>
    public static Guid DenialsOf(DateOnly day) => CommandIds.Derive(Namespace, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"denials {day:yyyy-MM-dd}"));

    TokenOutcome Issue(IDocumentSession session, TokenRequest request, SignInMethod? signedIn, Guid id)
    {
        var (text, hash) = TokenSecret.Create(id);
        var decision = AccessTokenDecider.Issue(request, id, hash, Now);
        if (decision is Decision.Refused refused)
            return new TokenOutcome.Refused(refused.Code, refused.Reason);
        var issued = (TokenIssued)((Decision.Accepted)decision).Events[0];
        var token = AccessToken.Create(issued);
        session.Events.StartStream<AccessToken>(id, signedIn is null
            ? [issued]
            : [issued, new SignedIn(id, request.Subject, request.Name, signedIn.Method, signedIn.Address, issued.At)]);
        session.Insert(token);
        return new TokenOutcome.Given(new IssuedToken(token, text));
    }

    IDocumentSession Open(string? actor) => store.LightweightSession(new SessionOptions { TenantId = CustomerNames.Access, Actor = actor });
}

/// <param name="Method">one_time_token or oauth with the issuer.</param>
/// <param name="Address">The person's network address.</param>
public sealed record SignInMethod(string Method, string? Address);
