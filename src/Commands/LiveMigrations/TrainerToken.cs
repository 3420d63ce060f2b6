using System.Security.Cryptography;
using OptiInfra.EventStore;

namespace OptiInfra.Commands.LiveMigrations;

/// <summary>
/// What the job's trainers demand of whoever asks them for a checkpoint or a takeover. Kept beside the log, which others read.
/// </summary>
public sealed record TrainerToken
{
    /// <summary>Characters of a token: digits and the letters a to f.</summary>
    public const int Length = 48;

    /// <summary>The job's id.</summary>
    public required Guid Id { get; init; }
    public required string Token { get; init; }

    /// <summary>The job's token, made when first asked for.</summary>
    public static async Task<string> OfAsync(IDocumentStore store, string tenantId, Guid jobId, CancellationToken cancellationToken)
    {
        var session = store.LightweightSession(new SessionOptions { TenantId = tenantId });
        await using var _ = session.ConfigureAwait(false);
        if (await session.LoadAsync<TrainerToken>(jobId, cancellationToken).ConfigureAwait(false) is { } known)
            return known.Token;
        var made = new TrainerToken { Id = jobId, Token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(Length / 2)) };
        try
        {
            session.Insert(made);
            await session.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
            return made.Token;
        }
        catch (ConcurrencyException)
        {
            // another process was first
            var again = store.QuerySession(tenantId);
            await using var __ = again.ConfigureAwait(false);
            return (await again.LoadAsync<TrainerToken>(jobId, cancellationToken).ConfigureAwait(false))!.Token;
        }
    }
}
