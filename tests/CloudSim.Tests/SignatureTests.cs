using System.Net;

namespace OptiInfra.CloudSim.Tests;

public sealed class SignatureTests
{
    [Theory]
    [InlineData("ec2", "demo-access-key", "wrong", "us-east-1", 0, 401, "AuthFailure")]
    [InlineData("ec2", "somebody", "demo-secret-key", "us-east-1", 0, 401, "AuthFailure")]
    [InlineData("ec2", "demo-access-key", "demo-secret-key", "eu-west-1", 0, 401, "AuthFailure")]
    [InlineData("ec2", "demo-access-key", "demo-secret-key", "us-east-1", 301, 400, "RequestExpired")]
    [InlineData("ec2", "demo-access-key", "demo-secret-key", "us-east-1", -301, 400, "RequestExpired")]
    [InlineData("monitoring", "demo-access-key", "wrong", "us-east-1", 0, 403, "SignatureDoesNotMatch")]
    [InlineData("monitoring", "somebody", "demo-secret-key", "us-east-1", 0, 403, "InvalidClientTokenId")]
    public async Task A_wrong_signature_is_refused(string service, string key, string secret, string region, int skewSeconds, int status, string code)
    {
        await using var cloud = await BoxedCloud.StartAsync();
        using var request = new RequestSigner(key, secret, region).Sign(cloud.Address, service, "Action=DescribeInstances&Version=2016-11-15", cloud.Wall.GetUtcNow().AddSeconds(skewSeconds));
        using var response = await cloud.Http.SendAsync(request);
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Contains($"<Code>{code}</Code>", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_changed_on_the_way_is_refused()
    {
        await using var cloud = await BoxedCloud.StartAsync();
        using var request = new RequestSigner().Sign(cloud.Address, "ec2", "Action=DescribeInstances&Version=2016-11-15", cloud.Wall.GetUtcNow());
        request.Content = new StringContent("Action=TerminateInstances&Version=2016-11-15&InstanceId.1=i-0d3a90c0ffee000001", System.Text.Encoding.UTF8, new System.Net.Http.Headers.MediaTypeHeaderValue("application/x-www-form-urlencoded"));
        using var response = await cloud.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal("running", await cloud.StateAsync("i-0d3a90c0ffee000001"));
    }

    [Theory]
    [InlineData(null, "MissingAuthenticationToken")]
    [InlineData("AWS4-HMAC-SHA256 Credential=demo-access-key/20260105/us-east-1/ec2/aws4_request", "IncompleteSignature")]
    [InlineData("Basic abc", "IncompleteSignature")]
    public async Task A_request_without_a_signature_is_refused(string? header, string code)
    {
        await using var cloud = await BoxedCloud.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Content = new StringContent("Action=DescribeInstances&Version=2016-11-15") };
        if (header is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", header);
        }

        using var response = await cloud.Http.SendAsync(request);
        Assert.Contains($"<Code>{code}</Code>", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Five_minutes_of_skew_are_forgiven()
    {
        await using var cloud = await BoxedCloud.StartAsync();
        using var request = new RequestSigner().Sign(cloud.Address, "ec2", "Action=DescribeInstances&Version=2016-11-15", cloud.Wall.GetUtcNow().AddSeconds(299));
        using var response = await cloud.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }
}
