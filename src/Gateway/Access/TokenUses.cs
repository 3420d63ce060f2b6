using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using OptiInfra.Commands.Access;

namespace OptiInfra.Gateway.Access;

/// <summary>When this process last saw each token, and writes it down now and then.</summary>
sealed partial class TokenUses(AccessTokens tokens, TimeProvider clock, ILogger<TokenUses> log)
{
    const int MostRemembered = 50_000;
    static readonly TimeSpan WriteEvery = TimeSpan.FromMinutes(5);

    readonly ConcurrentDictionary<Guid, DateTimeOffset> writtenAt = new();

    public bool Knows(Guid tokenId) => writtenAt.ContainsKey(tokenId);

    public async Task SeenAsync(Guid tokenId)
    {
        var now = clock.GetUtcNow();
        if (writtenAt.TryGetValue(tokenId, out var before) && now - before < WriteEvery)
            return;
        if (writtenAt.Count >= MostRemembered)
            writtenAt.Clear();
        writtenAt[tokenId] = now;
        try
        {
            await tokens.RecordUseAsync(tokenId);
        }
        catch (Exception e)
        {
            // a request is not refused for want of a note about it
            LogUnwritten(tokenId, e.Message);
        }
    }

    [LoggerMessage(LogLevel.Warning, "The use of token {TokenId} could not be noted: {Reason}")]
    partial void LogUnwritten(Guid tokenId, string reason);
}
