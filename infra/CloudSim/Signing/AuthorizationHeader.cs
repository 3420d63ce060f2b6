namespace OptiInfra.CloudSim.Signing;

/// <summary>The parts of an AWS4-HMAC-SHA256 Authorization header.</summary>
public sealed record AuthorizationHeader(
    string AccessKey,
    string Date,
    string Region,
    string Service,
    IReadOnlyList<string> SignedHeaders,
    string Signature)
{
    public const string Algorithm = "AWS4-HMAC-SHA256";

    public string Scope => Date + "/" + Region + "/" + Service + "/aws4_request";

    /// <summary>Null where the header is not a complete one of its kind.</summary>
    public static AuthorizationHeader? Parse(string? header)
    {
        if (header is null || !header.StartsWith(Algorithm + " ", StringComparison.Ordinal))
        {
            return null;
        }

        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var field in header[(Algorithm.Length + 1)..].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = field.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0)
            {
                return null;
            }

            fields[field[..equals]] = field[(equals + 1)..];
        }

        if (!fields.TryGetValue("Credential", out var credential)
            || !fields.TryGetValue("SignedHeaders", out var signedHeaders)
            || !fields.TryGetValue("Signature", out var signature))
        {
            return null;
        }

        // an access key may itself hold slashes, so the scope is counted from the end
        var parts = credential.Split('/');
        return parts.Length < 5 || parts[^1] is not "aws4_request"
            ? null
            : new AuthorizationHeader(string.Join('/', parts[..^4]), parts[^4], parts[^3], parts[^2], signedHeaders.Split(';'), signature);
    }
}
