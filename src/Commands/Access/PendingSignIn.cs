using System.Security.Cryptography;
using System.Text;
using OptiInfra.Contracts.Access;
using OptiInfra.EventStore;

namespace OptiInfra.Commands.Access;

/// <summary>A sign-in that an identity provider was asked for and has not answered; good once, for ten minutes.</summary>
/// <param name="Id">SHA-256 of the state that the provider sends back.</param>
/// <param name="BrowserHash">SHA-256 of what the browser that began has in a cookie.</param>
/// <param name="Verifier">PKCE's (RFC 7636), whose digest the provider was given.</param>
public sealed record PendingSignIn(string Id, string BrowserHash, string Nonce, string Verifier, string ReturnUrl, DateTimeOffset ExpiresAt);

/// <summary>Sign-ins that wait for a provider, in the database so that any gateway's process can finish what another began.</summary>
public sealed class PendingSignIns(IDocumentStore store)
{
    static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    // a person types by the wall's clock, whatever the program's says
    static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    public async Task AddAsync(string state, string browser, string nonce, string verifier, string returnUrl, CancellationToken cancellationToken)
    {
        await using var session = store.LightweightSession(new SessionOptions { TenantId = CustomerNames.Access });
        session.Insert(new PendingSignIn(Hash(state), Hash(browser), nonce, verifier, returnUrl, Now + Lifetime));
        await session.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Forgets those that nobody finished in time.</summary>
    public async Task ForgetExpiredAsync(CancellationToken cancellationToken)
    {
        await using var command = store.DataSource.CreateCommand($"delete from \"{store.Options.DatabaseSchemaName}\".doc_pending_sign_in where (data->>'expiresAt')::timestamptz < $1");
        command.Parameters.Add(new() { Value = Now });
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Takes it away: of two who bring the same state, one gets it.</summary>
    /// <returns>Null when there is none of that state, another browser began it, or it is too old.</returns>
    public async Task<PendingSignIn?> TakeAsync(string state, string browser, CancellationToken cancellationToken)
    {
        await using var session = store.LightweightSession(new SessionOptions { TenantId = CustomerNames.Access });
        var id = Hash(state);
        if (await session.LoadAsync<PendingSignIn>(id, cancellationToken).ConfigureAwait(false) is not { } pending
            || !CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(pending.BrowserHash), Encoding.ASCII.GetBytes(Hash(browser))))
            return null;
        session.QueueSqlCommand(
            $"""
            with taken as (delete from "{store.Options.DatabaseSchemaName}".doc_pending_sign_in where tenant_id = $1 and id = $2 returning 1)
            select "{store.Options.DatabaseSchemaName}".expect_rows(count(*), 1, 'the sign-in was finished elsewhere') from taken
            """,
            CustomerNames.Access, id);
        try
        {
            await session.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (ConcurrencyException)
        {
            return null;
        }

        return Now < pending.ExpiresAt ? pending : null;
    }

    static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
