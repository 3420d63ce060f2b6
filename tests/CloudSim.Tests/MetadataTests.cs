using System.Net;
using System.Text.Json;

namespace OptiInfra.CloudSim.Tests;

public sealed class MetadataTests
{
    [Fact]
    public async Task An_instance_learns_what_it_is_with_a_token()
    {
        await using var cloud = await BoxedCloud.StartAsync();
        var id = await cloud.LaunchAsync(("Placement.AvailabilityZone", "us-east-1c"));
        var token = await TokenAsync(cloud, id);
        Assert.Equal(id, await ReadAsync(cloud, id, "meta-data/instance-id", token));
        Assert.Equal("us-east-1c", await ReadAsync(cloud, id, "meta-data/placement/availability-zone", token));
        Assert.Equal("m5.xlarge", await ReadAsync(cloud, id, "meta-data/instance-type", token));
        Assert.Equal("spot", await ReadAsync(cloud, id, "meta-data/instance-life-cycle", token));
        Assert.Equal((await cloud.InstanceAsync(id))!.Element("privateIpAddress")!.Value, await ReadAsync(cloud, id, "meta-data/local-ipv4", token));
        Assert.Contains("instance-id\n", await ReadAsync(cloud, id, "meta-data/", token), StringComparison.Ordinal);
        var identity = JsonDocument.Parse((await ReadAsync(cloud, id, "dynamic/instance-identity/document", token))!).RootElement;
        Assert.Equal("us-east-1", identity.GetProperty("region").GetString());
        Assert.Null(await ReadAsync(cloud, id, "meta-data/no-such-thing", token));
        // as an SDK asks that adds a slash to an endpoint that has one
        Assert.Equal(id, await ReadAsync(cloud, id + "/", "meta-data/instance-id", token));
    }

    [Fact]
    public async Task Without_a_valid_token_nothing_is_told()
    {
        await using var cloud = await BoxedCloud.StartAsync();
        var (one, other) = (await cloud.LaunchAsync(("ClientToken", "one")), await cloud.LaunchAsync(("ClientToken", "other")));
        var token = await TokenAsync(cloud, one, seconds: 60);
        foreach (var wrong in new[] { null, "", "nonsense", token + "0", "9" + token, await TokenAsync(cloud, other) })
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await GetAsync(cloud, one, "meta-data/instance-id", wrong)).Status);
        }

        Assert.Equal(HttpStatusCode.OK, (await GetAsync(cloud, one, "meta-data/instance-id", token)).Status);
        cloud.Pass(60);
        Assert.Equal(HttpStatusCode.Unauthorized, (await GetAsync(cloud, one, "meta-data/instance-id", token)).Status);
    }

    [Theory]
    [InlineData(null, null, HttpStatusCode.BadRequest)]
    [InlineData("0", null, HttpStatusCode.BadRequest)]
    [InlineData("21601", null, HttpStatusCode.BadRequest)]
    [InlineData("60", "10.0.0.1", HttpStatusCode.Forbidden)]
    public async Task A_token_is_refused(string? seconds, string? forwardedFor, HttpStatusCode status)
    {
        await using var cloud = await BoxedCloud.StartAsync();
        var id = await cloud.LaunchAsync();
        using var request = new HttpRequestMessage(HttpMethod.Put, $"/imds/{id}/latest/api/token");
        request.Headers.TryAddWithoutValidation("X-aws-ec2-metadata-token-ttl-seconds", seconds);
        if (forwardedFor is not null)
        {
            request.Headers.TryAddWithoutValidation("X-Forwarded-For", forwardedFor);
        }

        using var response = await cloud.Http.SendAsync(request);
        Assert.Equal(status, response.StatusCode);
    }

    [Fact]
    public async Task A_notice_names_the_action_and_its_time_and_is_absent_before()
    {
        await using var cloud = await BoxedCloud.StartAsync();
        var id = await cloud.LaunchAsync();
        cloud.Pass(40);
        var token = await TokenAsync(cloud, id);
        Assert.Null(await ReadAsync(cloud, id, "meta-data/spot/instance-action", token));
        var due = cloud.Wall.GetUtcNow().AddSeconds(130);
        await cloud.ControlAsync("interruptions", new { instances = new { instanceIds = new[] { id } }, afterSeconds = 10 });
        Assert.Null(await ReadAsync(cloud, id, "meta-data/spot/instance-action", token));
        cloud.Pass(11);
        var notice = JsonDocument.Parse((await ReadAsync(cloud, id, "meta-data/spot/instance-action", token))!).RootElement;
        Assert.Equal("terminate", notice.GetProperty("action").GetString());
        Assert.Equal(due, notice.GetProperty("time").GetDateTimeOffset());
        cloud.Pass(200);
        Assert.Equal("terminated", await cloud.StateAsync(id));
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync(cloud, id, "meta-data/instance-id", token)).Status);
    }

    [Fact]
    public async Task A_rebalance_recommendation_comes_without_an_end()
    {
        await using var cloud = await BoxedCloud.StartAsync();
        var id = await cloud.LaunchAsync();
        cloud.Pass(40);
        var token = await TokenAsync(cloud, id);
        Assert.Null(await ReadAsync(cloud, id, "meta-data/events/recommendations/rebalance", token));
        await cloud.ControlAsync("faults", new { kind = "rebalance", instances = new { instanceIds = new[] { id } } });
        var now = cloud.Wall.GetUtcNow();
        cloud.Pass(600);
        var recommendation = JsonDocument.Parse((await ReadAsync(cloud, id, "meta-data/events/recommendations/rebalance", token))!).RootElement;
        Assert.Equal(now, recommendation.GetProperty("noticeTime").GetDateTimeOffset());
        Assert.Equal("running", await cloud.StateAsync(id));
    }

    private static async Task<string> TokenAsync(BoxedCloud cloud, string id, int seconds = 21_600)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, $"/imds/{id}/latest/api/token");
        request.Headers.Add("X-aws-ec2-metadata-token-ttl-seconds", seconds.ToString(System.Globalization.CultureInfo.InvariantCulture));
        using var response = await cloud.Http.SendAsync(request);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadAsStringAsync();
    }

    private static async Task<string?> ReadAsync(BoxedCloud cloud, string id, string path, string token)
    {
        var (status, body) = await GetAsync(cloud, id, path, token);
        if (status == HttpStatusCode.NotFound)
        {
            return null;
        }

        Assert.Equal(HttpStatusCode.OK, status);
        return body;
    }

    private static async Task<(HttpStatusCode Status, string Body)> GetAsync(BoxedCloud cloud, string id, string path, string? token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/imds/{id}/latest/{path}");
        if (token is not null)
        {
            request.Headers.TryAddWithoutValidation("X-aws-ec2-metadata-token", token);
        }

        using var response = await cloud.Http.SendAsync(request);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}
