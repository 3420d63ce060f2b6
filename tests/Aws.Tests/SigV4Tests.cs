using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Amazon.Runtime;
using OptiInfra.Aws.EC2;
using OptiInfra.Aws.EC2.Model;

namespace OptiInfra.Aws.Tests;

/// <summary>The signatures of the client's requests, computed again from what came over the wire.</summary>
public sealed class SigV4Tests
{
    private const string Secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    // AWS General Reference, "Signing AWS requests with Signature Version 4": the worked example, iam ListUsers
    [Fact]
    public void the_verifier_itself_agrees_with_the_published_example() => Assert.Equal(
        "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
        Signature(
            Secret, "20150830T123600Z", "20150830/us-east-1/iam/aws4_request", "GET", "/", "Action=ListUsers&Version=2010-05-08",
            [
                ("content-type", "application/x-www-form-urlencoded; charset=utf-8"), ("host", "iam.amazonaws.com"),
                ("x-amz-date", "20150830T123600Z"),
            ],
            []));

    [Fact]
    public async Task a_request_is_signed_for_its_body_its_host_and_its_region()
    {
        await using var service = await ScriptedService.StartAsync(Answer.Ok("<CreateTagsResponse><return>true</return></CreateTagsResponse>"));
        var config = new AmazonEC2Config { ServiceURL = service.Url, AuthenticationRegion = "eu-west-1" };
        using var ec2 = new AmazonEC2Client(new SessionAWSCredentials("AKIDEXAMPLE", Secret, "a/session+token="), config);

        await ec2.CreateTagsAsync(new CreateTagsRequest { Resources = ["i-1"], Tags = [new Tag("Name", "Größe & co. +*~/")] });

        var request = Assert.Single(service.Requests);
        Assert.Equal("Größe & co. +*~/", request.Parameters["Tag.1.Value"]);
        Assert.Equal("a/session+token=", request.Headers["X-Amz-Security-Token"]);
        var authorization = request.Headers["Authorization"];
        Assert.StartsWith("AWS4-HMAC-SHA256 ", authorization, StringComparison.Ordinal);
        var parts = authorization["AWS4-HMAC-SHA256 ".Length..].Split(',', StringSplitOptions.TrimEntries)
            .Select(p => p.Split('=', 2)).ToDictionary(p => p[0], p => p[1], StringComparer.Ordinal);
        var date = request.Headers["X-Amz-Date"];
        var scope = $"{date[..8]}/eu-west-1/ec2/aws4_request";
        Assert.Equal($"AKIDEXAMPLE/{scope}", parts["Credential"]);
        var signed = parts["SignedHeaders"].Split(';');
        Assert.Contains("host", signed);
        Assert.Contains("x-amz-security-token", signed);

        var expected = Signature(
            Secret, date, scope, request.Method, request.Path, query: "", [.. signed.Select(h => (h, request.Headers[h]))], request.Body);
        Assert.Equal(expected, parts["Signature"]);
    }

    private static string Signature(
        string secret, string date, string scope, string method, string path, string query, (string Name, string Value)[] headers, byte[] body)
    {
        var canonical = new StringBuilder().Append(CultureInfo.InvariantCulture, $"{method}\n{path}\n{query}\n");
        foreach (var (name, value) in headers)
            canonical.Append(CultureInfo.InvariantCulture, $"{name}:{value.Trim()}\n");
        canonical.Append(CultureInfo.InvariantCulture, $"\n{string.Join(';', headers.Select(h => h.Name))}\n{Hex(SHA256.HashData(body))}");
        var toSign = $"AWS4-HMAC-SHA256\n{date}\n{scope}\n{Hex(SHA256.HashData(Encoding.UTF8.GetBytes(canonical.ToString())))}";
        var key = scope.Split('/').Aggregate(
            Encoding.UTF8.GetBytes("AWS4" + secret), (k, part) => HMACSHA256.HashData(k, Encoding.UTF8.GetBytes(part)));
        return Hex(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(toSign)));
    }

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}
