using System.Globalization;
using System.Security.Cryptography;
using OptiInfra.CloudSim.Instances;
using OptiInfra.CloudSim.Signing;

namespace OptiInfra.CloudSim.S3;

/// <summary>
/// The data of a request, freed of its aws-chunked framing, with everything that the caller promised about it: its hash, its length,
/// Content-MD5 and checksums in headers or trailers. What is read counts only after <see cref="Finish"/> has not thrown.
/// </summary>
public sealed class S3Body : IDisposable
{
    private readonly SignedRequest _request;
    private readonly Stream _data;
    private readonly AwsChunkedStream? _chunks;
    private readonly IncrementalHash _md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
    private readonly IncrementalHash? _sha256;
    private readonly RunningDigest _digest;
    private readonly string _contentHash;

    /// <param name="algorithm">The checksum to take where the request names none.</param>
    public S3Body(SignedRequest request, Stream body, SignatureV4 signatures, string algorithm)
    {
        _request = request;
        _contentHash = request.Header("x-amz-content-sha256")
            ?? throw CloudRefusalException.Invalid("InvalidRequest", "Missing required header for this request: x-amz-content-sha256");
        var streaming = _contentHash.StartsWith("STREAMING-", StringComparison.Ordinal);
        if (streaming && _contentHash is not ("STREAMING-UNSIGNED-PAYLOAD-TRAILER" or "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" or "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"))
        {
            throw new CloudRefusalException("NotImplemented", 501, $"x-amz-content-sha256 {_contentHash} is not implemented");
        }

        _chunks = streaming ? new AwsChunkedStream(body, _contentHash.StartsWith("STREAMING-AWS4", StringComparison.Ordinal) ? signatures.ChunksOf(request) : null) : null;
        _data = _chunks ?? body;
        _sha256 = streaming || _contentHash is "UNSIGNED-PAYLOAD" ? null : IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Algorithm = Promised() ?? algorithm;
        _digest = new RunningDigest(Algorithm);
    }

    public string Algorithm { get; }

    public long Length { get; private set; }

    /// <summary>Lower-case hexadecimal.</summary>
    public string Md5 { get; private set; } = string.Empty;

    public Checksum Checksum => new(Algorithm, Convert.ToBase64String(_digest.Value()));

    public async ValueTask<int> ReadAsync(Memory<byte> into, CancellationToken stop)
    {
        var read = await _data.ReadAsync(into, stop);
        var span = into.Span[..read];
        _md5.AppendData(span);
        _sha256?.AppendData(span);
        _digest.Append(span);
        Length += read;
        return read;
    }

    /// <summary>All of it, for requests that carry a document.</summary>
    public async Task<byte[]> ReadAllAsync(int most, CancellationToken stop)
    {
        using var document = new MemoryStream();
        var chunk = new byte[16 * 1024];
        int read;
        while ((read = await ReadAsync(chunk, stop)) > 0)
        {
            document.Write(chunk, 0, read);
            if (document.Length > most)
            {
                throw CloudRefusalException.Invalid("MaxMessageLengthExceeded", "Your request was too large.");
            }
        }

        Finish();
        return document.ToArray();
    }

    /// <summary>Compares what came with what was promised; throws S3's refusal where they differ.</summary>
    public void Finish()
    {
        var md5 = _md5.GetCurrentHash();
        Md5 = Convert.ToHexStringLower(md5);
        if (_sha256 is not null && !string.Equals(Convert.ToHexStringLower(_sha256.GetCurrentHash()), _contentHash, StringComparison.Ordinal))
        {
            throw CloudRefusalException.Invalid("XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.");
        }

        if (_request.Header("x-amz-decoded-content-length") is { } length && !string.Equals(length, Length.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal))
        {
            throw CloudRefusalException.Invalid("IncompleteBody", "You did not provide the number of bytes specified by the x-amz-decoded-content-length HTTP header.");
        }

        if (_request.Header("content-md5") is { } promised && !string.Equals(promised, Convert.ToBase64String(md5), StringComparison.Ordinal))
        {
            throw CloudRefusalException.Invalid("BadDigest", "The Content-MD5 you specified did not match what we received.");
        }

        var header = Checksum.HeaderOf(Algorithm);
        var trailer = _chunks?.Trailers.GetValueOrDefault(header);
        if ((_request.Header(header) ?? trailer) is { } told && !string.Equals(told, Checksum.Value, StringComparison.Ordinal))
        {
            throw CloudRefusalException.Invalid("BadDigest", $"The {Algorithm} you specified did not match the calculated checksum.");
        }

        if (_request.Header("x-amz-trailer") is { } announced && announced.Split(',', StringSplitOptions.TrimEntries).Any(name => _chunks?.Trailers.ContainsKey(name) != true))
        {
            throw CloudRefusalException.Invalid("MalformedTrailerError", "The request contained trailing data that was not well-formed or did not conform to our published schema.");
        }
    }

    public void Dispose()
    {
        _md5.Dispose();
        _sha256?.Dispose();
        _digest.Dispose();
    }

    private string? Promised()
    {
        foreach (var algorithm in Checksum.Algorithms)
        {
            var header = Checksum.HeaderOf(algorithm);
            if (_request.Header(header) is not null || string.Equals(_request.Header("x-amz-trailer")?.Trim(), header, StringComparison.OrdinalIgnoreCase))
            {
                return algorithm;
            }
        }

        return _request.Header("x-amz-sdk-checksum-algorithm") is { } named ? Checksum.Named(named) : null;
    }
}
