using OptiInfra.Agents.Cost;
using OptiInfra.Contracts;

namespace OptiInfra.Agents.Tests.Cost;

public sealed class FleetComparisonTests
{
    static readonly FleetInstance Before = Given.Instance();

    static string[] Differences(FleetInstance? now, params FleetInstance[] left) =>
        [.. FleetComparison.Differences([Before], now is null ? new Dictionary<string, FleetInstance>() : new Dictionary<string, FleetInstance> { [now.InstanceId] = now }, left)];

    static FleetInstance Serving(string value) => Before with { Tags = new Dictionary<string, string>(Before.Tags) { [FleetTags.Serving] = value } };

    [Fact]
    public void a_fleet_that_is_as_before_has_no_differences()
    {
        Assert.Empty(Differences(Before));
        // absent means that it serves
        Assert.Empty(Differences(Serving("true")));
    }

    [Fact]
    public void each_difference_is_named()
    {
        Assert.Equal(["i-1 is gone"], Differences(null));
        Assert.Equal(["i-1 was running and is stopped"], Differences(Before with { State = "stopped" }));
        Assert.Equal(["i-1 served and does not any more"], Differences(Serving("false")));
        Assert.Contains("m5.2xlarge", Assert.Single(Differences(Before with { InstanceType = "m5.2xlarge" })), StringComparison.Ordinal);
        Assert.Equal(["i-9, launched by the migration, is still running"], Differences(Before, Given.Instance("i-9")));
    }
}
