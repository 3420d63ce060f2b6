using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using OptiInfra.CloudSim.Catalogue;

namespace OptiInfra.CloudSim.Signing;

/// <summary>Checks Signature Version 4 in its header form ("Create a signed AWS API request", AWS IAM user guide).</summary>
public sealed partial class SignatureV4(string accessKey, string secretKey, TimeProvider wall)
{
    public static readonly TimeSpan AllowedSkew = TimeSpan.FromMinutes(5);

    private const string TimeFormat = "yyyyMMdd'T'HHmmss'Z'";

    public SignatureVerdict Check(SignedRequest request)
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

        if (!string.Equals(authorization.AccessKey, accessKey, StringComparison.Ordinal))
        {
            return SignatureVerdict.UnknownAccessKey;
        }

        if (!string.Equals(authorization.Region, Zones.Region, StringComparison.Ordinal))
        {
            return SignatureVerdict.WrongRegion;
        }

        if ((wall.GetUtcNow() - signedAt).Duration() > AllowedSkew)
        {
            return SignatureVerdict.Skewed;
        }

        var expected = Encoding.ASCII.GetBytes(Sign(authorization, time, CanonicalRequest(request, authorization.SignedHeaders)));
        return CryptographicOperations.FixedTimeEquals(expected, Encoding.ASCII.GetBytes(authorization.Signature))
            ? SignatureVerdict.Valid
            : SignatureVerdict.Mismatch;
    }

    private static string CanonicalRequest(SignedRequest request, IReadOnlyList<string> signedHeaders)
    {
        var canonical = new StringBuilder();
        canonical.Append(request.Method).Append('\n').Append(CanonicalPath(request.Path)).Append('\n').Append(CanonicalQuery(request.Query)).Append('\n');
        foreach (var name in signedHeaders)
        {
            canonical.Append(name).Append(':').Append(Spaces().Replace((request.Header(name) ?? string.Empty).Trim(), " ")).Append('\n');
        }

        return canonical.Append('\n')
            .AppendJoin(';', signedHeaders).Append('\n')
            .Append(Hex(SHA256.HashData(request.Body.Span)))
            .ToString();
    }

    /// <summary>Every service but S3 signs the path encoded once more than it is sent.</summary>
    private static string CanonicalPath(string path) =>
        path.Length == 0 ? "/" : string.Join('/', path.Split('/').Select(Uri.EscapeDataString));

    private static string CanonicalQuery(string query) =>
        string.Join('&', query.Split('&', StringSplitOptions.RemoveEmptyEntries)
            .Select(pair => pair.Split('=', 2))
            .Select(pair => (Name: Recode(pair[0]), Value: pair.Length > 1 ? Recode(pair[1]) : string.Empty))
            .OrderBy(pair => pair.Name, StringComparer.Ordinal)
            .ThenBy(pair => pair.Value, StringComparer.Ordinal)
            .Select(pair => pair.Name + "=" + pair.Value));

    private static string Recode(string text) => Uri.EscapeDataString(Uri.UnescapeDataString(text));

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);

    private string Sign(AuthorizationHeader authorization, string time, string canonicalRequest)
    {
        var text = AuthorizationHeader.Algorithm + "\n" + time + "\n" + authorization.Scope + "\n" + Hex(SHA256.HashData(Encoding.UTF8.GetBytes(canonicalRequest)));
        var key = Encoding.UTF8.GetBytes("AWS4" + secretKey);
        foreach (var part in new[] { authorization.Date, authorization.Region, authorization.Service, "aws4_request" })
        {
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        }

        return Hex(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text)));
    }

    [GeneratedRegex(" +", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Spaces();
}
