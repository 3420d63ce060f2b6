using Amazon;
using Amazon.Runtime;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OptiInfra.Aws.CloudWatch;
using OptiInfra.Aws.CloudWatch.Model;
using OptiInfra.Aws.EC2;
using OptiInfra.Aws.EC2.Model;
using OptiInfra.Aws.Tests.Protocol;
using OptiInfra.Testing;

namespace OptiInfra.Aws.Tests;

// changes the process's environment, which every other client of the process would see
[CollectionDefinition(nameof(EndpointTests), DisableParallelization = true)]
public sealed class EndpointTestsCollection;

[Collection(nameof(EndpointTests))]
public sealed class EndpointTests
{
    [Theory]
    [InlineData("us-east-1", false, false, "https://ec2.us-east-1.amazonaws.com/")]
    [InlineData("eu-central-1", false, true, "https://ec2.eu-central-1.api.aws/")]
    [InlineData("us-west-2", true, false, "https://ec2-fips.us-west-2.amazonaws.com/")]
    [InlineData("cn-north-1", false, false, "https://ec2.cn-north-1.amazonaws.com.cn/")]
    public async Task a_region_has_its_endpoint(string region, bool fips, bool dualStack, string url)
    {
        var http = new CannedHttp(200, "<Response/>");
        using var ec2 = new AmazonEC2Client(new BasicAWSCredentials("AKIDEXAMPLE", "secret"), new AmazonEC2Config
        {
            RegionEndpoint = RegionEndpoint.GetBySystemName(region), UseFIPSEndpoint = fips, UseDualstackEndpoint = dualStack, HttpClientFactory = http,
        });

        await ec2.DescribeAvailabilityZonesAsync(new DescribeAvailabilityZonesRequest());

        Assert.Equal(url, http.Request!.RequestUri!.AbsoluteUri);
        Assert.Contains($"/{region}/ec2/aws4_request", string.Join(' ', http.Request.Headers.GetValues("Authorization")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task the_environment_gives_endpoint_region_and_credentials()
    {
        await using var ec2Service = await ScriptedService.StartAsync(Answer.Ok("<Response/>"));
        await using var otherService = await ScriptedService.StartAsync(Answer.Ok("<Response/>"));
        using var environment = new EnvironmentVariables(
            ("AWS_ENDPOINT_URL_EC2", ec2Service.Url), ("AWS_ENDPOINT_URL", otherService.Url), ("AWS_REGION", "ap-south-1"),
            ("AWS_ACCESS_KEY_ID", "AKIDFROMENV"), ("AWS_SECRET_ACCESS_KEY", "secret"));
        var services = new ServiceCollection().AddAws(new ConfigurationBuilder().Build());
        await using var provider = services.BuildServiceProvider();

        await provider.GetRequiredService<IAmazonEC2>().DescribeInstancesAsync(new DescribeInstancesRequest());
        await provider.GetRequiredService<IAmazonCloudWatch>().GetMetricDataAsync(new GetMetricDataRequest());

        var toEc2 = Assert.Single(ec2Service.Requests);
        Assert.Contains("Credential=AKIDFROMENV/", toEc2.Headers["Authorization"], StringComparison.Ordinal);
        Assert.Contains("/ap-south-1/ec2/aws4_request", toEc2.Headers["Authorization"], StringComparison.Ordinal);
        var toOther = Assert.Single(otherService.Requests);
        Assert.Equal("GetMetricData", toOther.Parameters["Action"]);
        Assert.Contains("/ap-south-1/monitoring/aws4_request", toOther.Headers["Authorization"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task the_configuration_goes_before_the_environment()
    {
        await using var service = await ScriptedService.StartAsync(new Answer(503, ""));
        using var environment = new EnvironmentVariables(
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"), ("AWS_REGION", "ap-south-1"), ("AWS_ACCESS_KEY_ID", "AKID"), ("AWS_SECRET_ACCESS_KEY", "secret"));
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["AWS:Region"] = "eu-north-1", ["AWS:EC2:ServiceURL"] = service.Url, ["AWS:MaxErrorRetry"] = "1",
        }).Build();
        var clock = new ManualTimeProvider();
        await using var provider = new ServiceCollection().AddSingleton<TimeProvider>(clock).AddAws(configuration).BuildServiceProvider();

        var call = provider.GetRequiredService<IAmazonEC2>().DescribeInstancesAsync(new DescribeInstancesRequest());
        await Eventually.TrueAsync(() => clock.ArmedTimers == 1, TimeSpan.FromSeconds(20), "the pause before the retry");
        clock.Advance(TimeSpan.FromSeconds(1));

        await Assert.ThrowsAsync<AmazonEC2Exception>(() => call);
        Assert.Equal(2, service.Requests.Count);
        Assert.All(service.Requests, r => Assert.Contains("/eu-north-1/ec2/aws4_request", r.Headers["Authorization"], StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("ap-south-1", "ap-south-1")]
    [InlineData(null, "us-east-1")]
    public async Task a_foreign_endpoint_is_signed_for_the_environments_region_or_the_first_one(string? inEnvironment, string region)
    {
        await using var service = await ScriptedService.StartAsync(Answer.Ok("<Response/>"));
        using var environment = new EnvironmentVariables(
            ("AWS_REGION", inEnvironment), ("AWS_DEFAULT_REGION", null), ("AWS_EC2_METADATA_DISABLED", "true"),
            ("AWS_CONFIG_FILE", Path.Combine(AppContext.BaseDirectory, "no-such-file")));
        using var ec2 = new AmazonEC2Client(new BasicAWSCredentials("AKID", "secret"), new AmazonEC2Config { ServiceURL = service.Url });

        await ec2.DescribeInstancesAsync(new DescribeInstancesRequest());

        Assert.Contains($"/{region}/ec2/", service.Requests[0].Headers["Authorization"], StringComparison.Ordinal);
    }

    private sealed class EnvironmentVariables : IDisposable
    {
        private readonly List<(string Name, string? Before)> _before = [];

        public EnvironmentVariables(params (string Name, string? Value)[] values)
        {
            foreach (var (name, value) in values)
            {
                _before.Add((name, Environment.GetEnvironmentVariable(name)));
                Environment.SetEnvironmentVariable(name, value);
            }

            FallbackRegionFactory.Reset();
        }

        public void Dispose()
        {
            foreach (var (name, value) in _before)
                Environment.SetEnvironmentVariable(name, value);
            FallbackRegionFactory.Reset();
        }
    }
}
