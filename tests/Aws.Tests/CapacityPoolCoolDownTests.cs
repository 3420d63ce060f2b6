using System.Net;
using OptiInfra.Aws.EC2;
using OptiInfra.Testing;

namespace OptiInfra.Aws.Tests;

public sealed class CapacityPoolCoolDownTests
{
    private static readonly CapacityPool SpotA = new(CapacityPool.Spot, "m5.xlarge", "us-east-1a");
    private static readonly CapacityPool SpotB = SpotA with { AvailabilityZone = "us-east-1b" };
    private static readonly CapacityPool OnDemandA = SpotA with { CapacityType = CapacityPool.OnDemand };

    private readonly ManualTimeProvider _clock = new();

    [Fact]
    public void an_exhausted_pool_is_left_alone_for_three_minutes_and_no_other_pool_with_it()
    {
        var coolDown = new CapacityPoolCoolDown(_clock);
        coolDown.Exhausted(SpotA);

        Assert.Equal([SpotB, OnDemandA], coolDown.Ready([SpotA, SpotB, OnDemandA]));
        _clock.Advance(TimeSpan.FromMinutes(3) - TimeSpan.FromTicks(1));
        Assert.NotNull(coolDown.CoolingUntil(SpotA));
        _clock.Advance(TimeSpan.FromTicks(1));
        Assert.Equal([SpotA, SpotB, OnDemandA], coolDown.Ready([SpotA, SpotB, OnDemandA]));
    }

    [Fact]
    public void a_pool_found_exhausted_again_cools_down_from_then()
    {
        var coolDown = new CapacityPoolCoolDown(_clock, TimeSpan.FromMinutes(10));
        coolDown.Exhausted(SpotA);
        _clock.Advance(TimeSpan.FromMinutes(9));
        coolDown.Exhausted(SpotA);

        Assert.Equal(_clock.GetUtcNow() + TimeSpan.FromMinutes(10), coolDown.CoolingUntil(SpotA));
    }

    [Theory]
    [InlineData("InsufficientInstanceCapacity", true)]
    [InlineData("InsufficientVolumeCapacity", true)]
    [InlineData("VcpuLimitExceeded", false)]
    [InlineData("RequestLimitExceeded", false)]
    public void only_an_error_of_capacity_cools_a_pool_down(string code, bool cools)
    {
        var coolDown = new CapacityPoolCoolDown(_clock);

        Assert.Equal(cools, coolDown.TryExhausted(SpotA, new AmazonEC2Exception(code, "no", HttpStatusCode.InternalServerError)));
        Assert.Equal(cools, coolDown.CoolingUntil(SpotA) is not null);
        Assert.False(coolDown.TryExhausted(SpotB, new HttpRequestException()));
    }
}
