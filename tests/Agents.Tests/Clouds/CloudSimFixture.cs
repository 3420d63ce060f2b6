using Amazon.Runtime;
using OptiInfra.Agents.Clouds;
using OptiInfra.Agents.Collectors;
using OptiInfra.Agents.Cost;
using OptiInfra.Agents.Prices;
using OptiInfra.Agents.Tests.Clouds;
using OptiInfra.Aws;
using OptiInfra.Aws.CloudWatch;
using OptiInfra.Aws.EC2;
using OptiInfra.Testing;

[assembly: AssemblyFixture(typeof(CloudSimFixture))]

namespace OptiInfra.Agents.Tests.Clouds;

/// <summary>The demo's fleet in the cloud in a box, and the product's adapters on its wire. A minute of the box takes a second.</summary>
public sealed class CloudSimFixture : IAsyncLifetime
{
    static readonly BasicAWSCredentials Credentials = new("demo-access-key", "demo-secret-key");
    const string Region = "us-east-1";

    public CloudSimProgram Program { get; private set; } = null!;
    public CapacityPoolCoolDown CoolDown { get; } = new(TimeProvider.System);
    public AwsCloud Cloud { get; private set; } = null!;
    public FleetObserver Observer { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        var demo = Path.Combine(ProjectRoot.Path, "infra", "demo");
        Program = await CloudSimProgram.StartAsync("--fleet", Path.Combine(demo, "fleet.json"), "--seed", "7", "--clock-speed", "60");
        var ec2 = new AmazonEC2Client(Credentials, new AmazonEC2Config { ServiceURL = Program.Url, AuthenticationRegion = Region, FirstBackoff = TimeSpan.FromMilliseconds(50) });
        var cloudWatch = new AmazonCloudWatchClient(Credentials, new AmazonCloudWatchConfig { ServiceURL = Program.Url, AuthenticationRegion = Region });
        Cloud = new AwsCloud(ec2, CoolDown, Region);
        Observer = new FleetObserver(Cloud, new CloudWatchUtilisation(cloudWatch), PriceBook.Read(Path.Combine(demo, "on-demand-prices.csv")), TimeProvider.System);
    }

    public InstanceMetrics Metrics() => new(
        new HttpClient(),
        new InstanceEndpoints { MetricsUrl = Program.Url + "/instances/{instance_id}/metrics", HealthUrl = Program.Url + "/instances/{instance_id}/health" },
        TimeProvider.System);

    public ValueTask DisposeAsync() => Program?.DisposeAsync() ?? ValueTask.CompletedTask;
}
