using System.Security.Cryptography;
using System.Text;
using OptiInfra.CloudSim.Instances;
using OptiInfra.CloudSim.S3;
using OptiInfra.CloudSim.Signing;

namespace OptiInfra.CloudSim.Tests;

/// <summary>The framing of bodies, where an SDK does not send what is to be refused.</summary>
public sealed class S3BodyTests
{
    private const string Time = "20260105T080000Z";
    private const string Scope = "20260105/us-east-1/s3/aws4_request";
    private static readonly string Crc = Convert.ToBase64String(Convert.FromHexString("CBF43926"));

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(9)]
    public async Task Unsigned_chunks_and_a_trailer_give_the_data(int chunk)
    {
        Assert.Equal("123456789", await ReadAsync(Framed("123456789", chunk) + $"x-amz-checksum-crc32:{Crc}\r\n\r\n", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", ("x-amz-trailer", "x-amz-checksum-crc32"), ("x-amz-decoded-content-length", "9")));
    }

    [Theory]
    [InlineData("123456780", "x-amz-checksum-crc32:{0}\r\n\r\n", "9", "BadDigest")]
    [InlineData("123456789", "\r\n", "9", "MalformedTrailerError")]
    [InlineData("123456789", "x-amz-checksum-crc32:{0}\r\n\r\n", "8", "IncompleteBody")]
    public async Task What_does_not_fit_is_refused(string data, string trailer, string length, string code)
    {
        var body = Framed(data, 4) + trailer.Replace("{0}", Crc, StringComparison.Ordinal);
        Assert.Equal(code, await RefusalAsync(body, "STREAMING-UNSIGNED-PAYLOAD-TRAILER", ("x-amz-trailer", "x-amz-checksum-crc32"), ("x-amz-decoded-content-length", length)));
    }

    [Theory]
    [InlineData("9\r\n1234", "IncompleteBody")]
    [InlineData("", "IncompleteBody")]
    [InlineData("zz\r\n1234\r\n0\r\n\r\n", "InvalidChunkSizeError")]
    [InlineData("2\r\n1234\r\n0\r\n\r\n", "InvalidRequest")]
    public async Task A_broken_frame_is_refused(string body, string code) =>
        Assert.Equal(code, await RefusalAsync(body, "STREAMING-UNSIGNED-PAYLOAD-TRAILER"));

    [Fact]
    public async Task Each_chunk_and_the_trailer_are_signed()
    {
        string[] chunks = ["first chunk", "second", ""];
        var trailer = "x-amz-checksum-sha256:" + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(chunks)))) + "\n";
        var (body, signatures) = Signed(chunks, trailer);
        Assert.Equal("first chunksecond", await ReadAsync(body, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", ("x-amz-trailer", "x-amz-checksum-sha256")));
        foreach (var signature in signatures)
        {
            Assert.Equal("SignatureDoesNotMatch", await RefusalAsync(body.Replace(signature, new string('0', 64), StringComparison.Ordinal), "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", ("x-amz-trailer", "x-amz-checksum-sha256")));
        }

        Assert.Equal("SignatureDoesNotMatch", await RefusalAsync(body.Replace("second", "SECOND", StringComparison.Ordinal), "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", ("x-amz-trailer", "x-amz-checksum-sha256")));
    }

    private static string Framed(string data, int chunk) =>
        string.Concat(data.Chunk(chunk).Select(part => $"{part.Length:x}\r\n{new string(part)}\r\n")) + "0\r\n";

    /// <summary>Signed apart from the code that checks it.</summary>
    private static (string Body, IReadOnlyList<string> Signatures) Signed(string[] chunks, string trailer)
    {
        var signatures = new List<string>();
        var (body, previous) = (new StringBuilder(), "seed");
        foreach (var chunk in chunks)
        {
            previous = Mac($"AWS4-HMAC-SHA256-PAYLOAD\n{Time}\n{Scope}\n{previous}\n{Hash(string.Empty)}\n{Hash(chunk)}");
            signatures.Add(previous);
            body.Append(System.Globalization.CultureInfo.InvariantCulture, $"{chunk.Length:x};chunk-signature={previous}\r\n{chunk}{(chunk.Length == 0 ? string.Empty : "\r\n")}");
        }

        signatures.Add(Mac($"AWS4-HMAC-SHA256-TRAILER\n{Time}\n{Scope}\n{previous}\n{Hash(trailer)}"));
        body.Append(trailer.Replace("\n", "\r\n", StringComparison.Ordinal)).Append("x-amz-trailer-signature:").Append(signatures[^1]).Append("\r\n\r\n");
        return (body.ToString(), signatures);
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static string Mac(string text)
    {
        var key = Encoding.UTF8.GetBytes("AWS4secret");
        foreach (var part in Scope.Split('/'))
        {
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        }

        return Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text)));
    }

    private static async Task<string> ReadAsync(string body, string contentHash, params (string Name, string Value)[] headers)
    {
        var all = headers.Append(("x-amz-content-sha256", contentHash)).Append(("x-amz-date", Time)).ToDictionary(header => header.Item1, header => header.Item2, StringComparer.Ordinal);
        all["authorization"] = $"AWS4-HMAC-SHA256 Credential=key/{Scope}, SignedHeaders=host, Signature=seed";
        var request = new SignedRequest("PUT", "/bucket/key", string.Empty, all.GetValueOrDefault, default);
        using var read = new S3Body(request, new MemoryStream(Encoding.UTF8.GetBytes(body)), new SignatureV4(new InstanceCredentials("key", "secret"), TimeProvider.System), "CRC32");
        return Encoding.UTF8.GetString(await read.ReadAllAsync(1000, default));
    }

    private static async Task<string> RefusalAsync(string body, string contentHash, params (string Name, string Value)[] headers) =>
        (await Assert.ThrowsAsync<CloudRefusalException>(() => ReadAsync(body, contentHash, headers))).Code;
}
