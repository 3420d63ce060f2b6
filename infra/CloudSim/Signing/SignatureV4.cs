using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using OptiInfra.CloudSim.Catalogue;

namespace OptiInfra.CloudSim.Signing;

/// <summary>Checks Signature Version 4 in its header form ("Create a signed AWS API request", AWS IAM user guide).</summary>
public sealed partial class SignatureV4(InstanceCredentials credentials, TimeProvider wall)
{
    public static readonly TimeSpan AllowedSkew = TimeSpan.FromMinutes(5);
    public static readonly TimeSpan AllowedSkewOfS3 = TimeSpan.FromMinutes(15);

    private const string TimeFormat = "yyyyMMdd'T'HHmmss'Z'";

    /// <summary>For all services but S3; the account's own key alone may call them.</summary>
    public SignatureVerdict Check(SignedRequest request) =>
        Check(request, CanonicalPath(request.Path), Hex(SHA256.HashData(request.Body.Span)), AllowedSkew, temporaryToo: false);

    /// <summary>For S3, which signs the path as it is sent, and of the body what X-Amz-Content-SHA256 says.</summary>
    public SignatureVerdict CheckS3(SignedRequest request) =>
        Check(request, S3Path(request.Path), request.Header("x-amz-content-sha256") ?? string.Empty, AllowedSkewOfS3, temporaryToo: true);

    /// <summary>Signs the chunks that follow a request whose signature is valid.</summary>
    public ChunkSignatures ChunksOf(SignedRequest request)
    {
        var authorization = AuthorizationHeader.Parse(request.Header("authorization"))!;
        return new ChunkSignatures(Key(authorization, credentials.Find(authorization.AccessKey)!.SecretKey), request.Header("x-amz-date")!, authorization.Scope, authorization.Signature);
    }

    private SignatureVerdict Check(SignedRequest request, string path, string payloadHash, TimeSpan allowedSkew, bool temporaryToo)
    {
        var header = request.Header("authorization");
        if (string.IsNullOrEmpty(header))
        {
            return SignatureVerdict.Missing;
        }

        if (AuthorizationHeader.Parse(header) is not { } authorization
            || request.Header("x-amz-date") is not { } time
            || !DateTimeOffset.TryParseExact(time, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var signedAt)
            || !time.StartsWith(authorization.Date, StringComparison.Ordinal)
            || !authorization.SignedHeaders.Contains("host", StringComparer.Ordinal)
            || !authorization.SignedHeaders.Contains("x-amz-date", StringComparer.Ordinal))
        {
            return SignatureVerdict.Incomplete;
        }

        if (credentials.Find(authorization.AccessKey) is not { } credential || (credential.SessionToken is not null && !temporaryToo))
        {
            return SignatureVerdict.UnknownAccessKey;
        }

        if (!string.Equals(request.Header("x-amz-security-token"), credential.SessionToken, StringComparison.Ordinal))
        {
            return SignatureVerdict.WrongToken;
        }

        if (!string.Equals(authorization.Region, Zones.Region, StringComparison.Ordinal))
        {
            return SignatureVerdict.WrongRegion;
        }

        if ((wall.GetUtcNow() - signedAt).Duration() > allowedSkew)
        {
            return SignatureVerdict.Skewed;
        }

        var expected = Encoding.ASCII.GetBytes(Sign(Key(authorization, credential.SecretKey), authorization, time, CanonicalRequest(request, path, payloadHash, authorization.SignedHeaders)));
        return CryptographicOperations.FixedTimeEquals(expected, Encoding.ASCII.GetBytes(authorization.Signature))
            ? SignatureVerdict.Valid
            : SignatureVerdict.Mismatch;
    }

    private static string CanonicalRequest(SignedRequest request, string path, string payloadHash, IReadOnlyList<string> signedHeaders)
    {
        var canonical = new StringBuilder();
        canonical.Append(request.Method).Append('\n').Append(path).Append('\n').Append(CanonicalQuery(request.Query)).Append('\n');
        foreach (var name in signedHeaders)
        {
            canonical.Append(name).Append(':').Append(Spaces().Replace((request.Header(name) ?? string.Empty).Trim(), " ")).Append('\n');
        }

        return canonical.Append('\n')
            .AppendJoin(';', signedHeaders).Append('\n')
            .Append(payloadHash)
            .ToString();
    }

    /// <summary>Every service but S3 signs the path encoded once more than it is sent.</summary>
    private static string CanonicalPath(string path) =>
        path.Length == 0 ? "/" : string.Join('/', path.Split('/').Select(Uri.EscapeDataString));

    private static string S3Path(string path) => string.Join('/', path.Split('/').Select(Recode));

    private static string CanonicalQuery(string query) =>
        string.Join('&', query.Split('&', StringSplitOptions.RemoveEmptyEntries)
            .Select(pair => pair.Split('=', 2))
            .Select(pair => (Name: Recode(pair[0]), Value: pair.Length > 1 ? Recode(pair[1]) : string.Empty))
            .OrderBy(pair => pair.Name, StringComparer.Ordinal)
            .ThenBy(pair => pair.Value, StringComparer.Ordinal)
            .Select(pair => pair.Name + "=" + pair.Value));

    private static string Recode(string text) => Uri.EscapeDataString(Uri.UnescapeDataString(text));

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);

    private static string Sign(byte[] key, AuthorizationHeader authorization, string time, string canonicalRequest)
    {
        var text = AuthorizationHeader.Algorithm + "\n" + time + "\n" + authorization.Scope + "\n" + Hex(SHA256.HashData(Encoding.UTF8.GetBytes(canonicalRequest)));
        return Hex(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text)));
    }

    private static byte[] Key(AuthorizationHeader authorization, string secretKey)
    {
        var key = Encoding.UTF8.GetBytes("AWS4" + secretKey);
        foreach (var part in new[] { authorization.Date, authorization.Region, authorization.Service, "aws4_request" })
        {
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        }

        return key;
    }

    [GeneratedRegex(" +", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Spaces();
}
