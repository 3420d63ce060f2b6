using OptiInfra.Aws.EC2;
using OptiInfra.Aws.EC2.Model;

namespace OptiInfra.Aws.Tests.EC2;

public sealed class Ec2RetryTests
{
    private const string NoInstances = "<DescribeInstancesResponse><requestId>r</requestId><reservationSet/></DescribeInstancesResponse>";

    private static readonly RunInstancesRequest Launch = new() { InstanceType = "m5.large", ImageId = "ami-1" };

    [Theory]
    [InlineData("RequestLimitExceeded", 503)]
    [InlineData("Throttling", 400)]
    [InlineData("EC2ThrottledException", 503)]
    public async Task throttling_is_retried_until_it_succeeds(string code, int status)
    {
        await using var service = await ScriptedService.StartAsync(
            Answer.Ec2Error(status, code), Answer.Ec2Error(status, code), Answer.Ok(NoInstances));
        using var ec2 = service.Ec2();

        var response = await ec2.DescribeInstancesAsync(new DescribeInstancesRequest());

        Assert.Empty(response.Reservations);
        Assert.Equal("r", response.ResponseMetadata.RequestId);
        Assert.Equal(3, service.Requests.Count);
    }

    [Theory]
    [InlineData("InsufficientInstanceCapacity", 500, Ec2ErrorKind.Capacity)]
    [InlineData("InsufficientInstanceCapacity", 503, Ec2ErrorKind.Capacity)]
    [InlineData("UnfulfillableCapacity", 400, Ec2ErrorKind.Capacity)]
    [InlineData("InstanceLimitExceeded", 503, Ec2ErrorKind.Quota)]
    [InlineData("VcpuLimitExceeded", 400, Ec2ErrorKind.Quota)]
    [InlineData("MaxSpotInstanceCountExceeded", 400, Ec2ErrorKind.Quota)]
    [InlineData("IdempotentParameterMismatch", 400, Ec2ErrorKind.IdempotencyMismatch)]
    [InlineData("InvalidInstanceID.NotFound", 400, Ec2ErrorKind.NotFound)]
    [InlineData("UnauthorizedOperation", 403, Ec2ErrorKind.Authentication)]
    [InlineData("InvalidParameterValue", 400, Ec2ErrorKind.InvalidParameter)]
    [InlineData("DryRunOperation", 412, Ec2ErrorKind.DryRun)]
    public async Task what_waiting_does_not_mend_is_asked_once(string code, int status, Ec2ErrorKind kind)
    {
        await using var service = await ScriptedService.StartAsync(Answer.Ec2Error(status, code, "the message"));
        using var ec2 = service.Ec2();

        var error = await Assert.ThrowsAsync<AmazonEC2Exception>(() => ec2.RunInstancesAsync(Launch));

        Assert.Equal((kind, code, "the message", "req-1", status), (error.Kind, error.ErrorCode, error.Message, error.RequestId, (int)error.StatusCode));
        Assert.Single(service.Requests);
    }
}
