using System.Net;
using Microsoft.AspNetCore.Http;

namespace OptiInfra.Gateway.UserProxy;

/// <summary>The body of a client's request on its way to a trainer: streamed, or kept where it is small enough to be sent twice.</summary>
sealed class ForwardedBody(Stream source, long? length, byte[]? kept) : HttpContent
{
    /// <summary>Something of it may have left; only a kept body can be sent again then.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>What of a body has to be kept; null where it is none, or too large, or of unknown length.</summary>
    public static async Task<byte[]?> KeepAsync(HttpRequest request, int most, CancellationToken cancellationToken)
    {
        if (request.ContentLength is not { } length || length == 0 || length > most)
            return null;
        var kept = new byte[length];
        await request.Body.ReadExactlyAsync(kept, cancellationToken);
        return kept;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        HasBegun = true;
        if (kept is not null)
        {
            await stream.WriteAsync(kept, cancellationToken);
            return;
        }

        var buffer = new byte[32 * 1024];
        while (await source.ReadAsync(buffer, cancellationToken) is > 0 and var read)
        {
            await stream.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            // who sends little by little wants it to arrive so
            await stream.FlushAsync(cancellationToken);
        }
    }

    protected override bool TryComputeLength(out long known)
    {
        known = length ?? 0;
        return length is not null;
    }
}
