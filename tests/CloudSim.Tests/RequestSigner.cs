using System.Security.Cryptography;
using System.Text;

namespace OptiInfra.CloudSim.Tests;

/// <summary>Signs a form POST to the root path with Signature Version 4, written apart from the code that checks it.</summary>
internal sealed record RequestSigner(string AccessKey = "demo-access-key", string SecretKey = "demo-secret-key", string Region = "us-east-1")
{
    public HttpRequestMessage Sign(Uri address, string service, string form, DateTimeOffset at, string contentType = "application/x-www-form-urlencoded")
    {
        var time = at.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", System.Globalization.CultureInfo.InvariantCulture);
        var scope = $"{time[..8]}/{Region}/{service}/aws4_request";
        var canonical = $"POST\n/\n\ncontent-type:{contentType}\nhost:{address.Authority}\nx-amz-date:{time}\n\ncontent-type;host;x-amz-date\n{Hash(form)}";
        var key = Encoding.UTF8.GetBytes("AWS4" + SecretKey);
        foreach (var part in scope.Split('/'))
        {
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        }

        var signature = Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"AWS4-HMAC-SHA256\n{time}\n{scope}\n{Hash(canonical)}")));
        var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(form)) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        request.Headers.TryAddWithoutValidation("X-Amz-Date", time);
        request.Headers.TryAddWithoutValidation("Authorization", $"AWS4-HMAC-SHA256 Credential={AccessKey}/{scope}, SignedHeaders=content-type;host;x-amz-date, Signature={signature}");
        return request;
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
