using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using OptiInfra.CloudSim.Instances;
using OptiInfra.CloudSim.Signing;

namespace OptiInfra.CloudSim.S3;

/// <summary>
/// Reads the data out of aws-chunked framing, signed or not: HEXSIZE[;chunk-signature=…] CRLF data CRLF …, then a chunk of size 0 and trailers.
/// A wrong signature throws at the end of its chunk.
/// </summary>
/// <param name="signatures">Null where chunks are not signed.</param>
public sealed class AwsChunkedStream(Stream body, ChunkSignatures? signatures) : Stream
{
    private const int LongestLine = 4096;
    private const string TrailerSignature = "x-amz-trailer-signature";

    private readonly byte[] _buffer = new byte[64 * 1024];
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private int _begin;
    private int _end;
    private long _left;
    private string? _signature;
    private bool _inChunk;
    private bool _over;

    /// <summary>By lower-case name; complete when the data has been read to its end.</summary>
    public Dictionary<string, string> Trailers { get; } = new(StringComparer.OrdinalIgnoreCase);

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_left == 0)
        {
            if (_over || !await NextChunkAsync(cancellationToken))
            {
                return 0;
            }
        }

        if (_begin == _end && !await FillAsync(cancellationToken))
        {
            throw Incomplete();
        }

        var count = (int)Math.Min(Math.Min(buffer.Length, _end - _begin), _left);
        var data = _buffer.AsSpan(_begin, count);
        data.CopyTo(buffer.Span);
        if (signatures is not null)
        {
            _hash.AppendData(data);
        }

        _begin += count;
        _left -= count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _hash.Dispose();
        base.Dispose(disposing);
    }

    private static CloudRefusalException Incomplete() => CloudRefusalException.Invalid("IncompleteBody", "The request body terminated unexpectedly");

    /// <summary>Ends the chunk before and reads the head of the next; false when that one is the last.</summary>
    private async Task<bool> NextChunkAsync(CancellationToken stop)
    {
        if (_inChunk)
        {
            if ((await LineAsync(stop))?.Length != 0)
            {
                throw CloudRefusalException.Invalid("InvalidRequest", "A chunk is longer than its size says.");
            }

            Accept(signatures?.AcceptChunk(_hash.GetHashAndReset(), _signature));
        }

        var head = await LineAsync(stop) ?? throw Incomplete();
        var semicolon = head.IndexOf(';', StringComparison.Ordinal);
        _signature = semicolon < 0 ? null : head[(head.IndexOf('=', StringComparison.Ordinal) + 1)..];
        if (!long.TryParse(semicolon < 0 ? head : head[..semicolon], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out _left) || _left < 0)
        {
            throw CloudRefusalException.Invalid("InvalidChunkSizeError", $"'{head}' is not the head of a chunk.");
        }

        _inChunk = _left > 0;
        if (_inChunk)
        {
            return true;
        }

        _over = true;
        Accept(signatures?.AcceptChunk(_hash.GetHashAndReset(), _signature));
        await ReadTrailersAsync(stop);
        return false;
    }

    private async Task ReadTrailersAsync(CancellationToken stop)
    {
        var signed = new StringBuilder();
        while (await LineAsync(stop) is { Length: > 0 } line)
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0)
            {
                throw CloudRefusalException.Invalid("MalformedTrailerError", $"'{line}' is not a trailer.");
            }

            var (name, value) = (line[..colon].Trim().ToLowerInvariant(), line[(colon + 1)..].Trim());
            Trailers[name] = value;
            if (name is not TrailerSignature)
            {
                signed.Append(name).Append(':').Append(value).Append('\n');
            }
        }

        if (signed.Length > 0)
        {
            Accept(signatures?.AcceptTrailers(signed.ToString(), Trailers.GetValueOrDefault(TrailerSignature)));
        }
    }

    private static void Accept(bool? verdict)
    {
        if (verdict is false)
        {
            throw SignatureRefusals.ForS3(SignatureVerdict.Mismatch);
        }
    }

    /// <summary>A line without its end; null where the body ends first.</summary>
    private async Task<string?> LineAsync(CancellationToken stop)
    {
        var line = new StringBuilder();
        while (true)
        {
            if (_begin == _end && !await FillAsync(stop))
            {
                return line.Length == 0 ? null : throw Incomplete();
            }

            var one = (char)_buffer[_begin++];
            switch (one)
            {
                case '\n':
                    return line.ToString();
                case '\r':
                    break;
                default:
                    line.Append(one);
                    break;
            }

            if (line.Length > LongestLine)
            {
                throw CloudRefusalException.Invalid("InvalidRequest", "A line of the chunked body is too long.");
            }
        }
    }

    private async Task<bool> FillAsync(CancellationToken stop)
    {
        _begin = 0;
        _end = await body.ReadAsync(_buffer, stop);
        return _end > 0;
    }
}
