using System.Net;
using Amazon.Runtime;
using OptiInfra.Aws.EC2;
using OptiInfra.Aws.EC2.Model;
using OptiInfra.Aws.Pipeline;
using OptiInfra.Testing;

namespace OptiInfra.Aws.Tests.EC2;

public sealed class Ec2FaultTests
{
    private const string NoInstances = "<DescribeInstancesResponse><requestId>r</requestId><reservationSet/></DescribeInstancesResponse>";

    private static readonly DescribeInstancesRequest Describe = new();

    [Fact]
    public async Task an_empty_503_is_retried_and_then_told_by_its_status()
    {
        await using var service = await ScriptedService.StartAsync(new Answer(503, ""));
        using var ec2 = service.Ec2(c => c.MaxErrorRetry = 2);

        var error = await Assert.ThrowsAsync<AmazonEC2Exception>(() => ec2.DescribeInstancesAsync(Describe));

        Assert.Equal((Ec2ErrorKind.Server, HttpStatusCode.ServiceUnavailable), (error.Kind, error.StatusCode));
        Assert.Equal(3, service.Requests.Count);
    }

    [Theory]
    [InlineData("<html><body>Bad gateway</body></html>")]
    [InlineData("upstream connect error")]
    [InlineData("<Response><Errors>")]
    public async Task an_error_page_that_is_none_of_ec2s_is_told_by_its_status(string body)
    {
        await using var service = await ScriptedService.StartAsync(new Answer(400, body));
        using var ec2 = service.Ec2();

        var error = await Assert.ThrowsAsync<AmazonEC2Exception>(() => ec2.DescribeInstancesAsync(Describe));

        Assert.Equal((Ec2ErrorKind.Other, HttpStatusCode.BadRequest), (error.Kind, error.StatusCode));
        Assert.Single(service.Requests);
    }

    [Theory]
    [InlineData("<DescribeInstancesResponse><reservationSet><item>")]
    [InlineData("not xml")]
    [InlineData("<DescribeInstancesResponse><reservationSet><item><instancesSet><item><launchTime>soon</launchTime></item></instancesSet></item></reservationSet></DescribeInstancesResponse>")]
    public async Task an_answer_that_cannot_be_read_is_asked_for_again_and_then_reported(string body)
    {
        await using var service = await ScriptedService.StartAsync(Answer.Ok(body));
        using var ec2 = service.Ec2(c => c.MaxErrorRetry = 1);

        await Assert.ThrowsAsync<AmazonUnmarshallingException>(() => ec2.DescribeInstancesAsync(Describe));

        Assert.Equal(2, service.Requests.Count);
    }

    [Fact]
    public async Task a_cut_connection_is_asked_again_with_the_same_token()
    {
        await using var service = await ScriptedService.StartAsync(
            Answer.Cut, Answer.Ok("<RunInstancesResponse><requestId>r</requestId><reservationId>r-1</reservationId></RunInstancesResponse>"));
        using var ec2 = service.Ec2();

        var response = await ec2.RunInstancesAsync(new RunInstancesRequest { InstanceType = "m5.large", ImageId = "ami-1" });

        Assert.Equal("r-1", response.Reservation.ReservationId);
        Assert.Equal(2, service.Requests.Count);
        var tokens = service.Requests.Select(r => r.Parameters["ClientToken"]).Distinct(StringComparer.Ordinal);
        Assert.True(Guid.TryParse(Assert.Single(tokens), out _));
    }

    [Fact]
    public async Task nobody_listening_is_retried_and_then_thrown()
    {
        var service = await ScriptedService.StartAsync(Answer.Ok(NoInstances));
        using var ec2 = service.Ec2(c => c.MaxErrorRetry = 1);
        await service.DisposeAsync();

        await Assert.ThrowsAsync<HttpRequestException>(() => ec2.DescribeInstancesAsync(Describe));
    }

    [Fact]
    public async Task pauses_double_up_to_the_maximum_and_are_spread_by_the_jitter()
    {
        await using var service = await ScriptedService.StartAsync(Answer.Ec2Error(503, "RequestLimitExceeded"));
        var clock = new ManualTimeProvider();
        var seeded = new Random(7);
        using var ec2 = service.Ec2(c =>
        {
            c.TimeProvider = clock;
            c.MaxErrorRetry = 4;
            c.FirstBackoff = TimeSpan.FromSeconds(1);
            c.MaxBackoff = TimeSpan.FromSeconds(3);
            c.Jitter = seeded.NextDouble;
            c.Throttle = RequestThrottle.None;
        });
        var call = ec2.DescribeInstancesAsync(Describe);
        var pauses = new List<TimeSpan>();
        for (var attempt = 1; attempt <= 4; attempt++)
        {
            await Eventually.TrueAsync(() => clock.ArmedTimers == 1, TimeSpan.FromSeconds(20), $"the pause before retry {attempt}");
            Assert.Equal(attempt, service.Requests.Count);
            pauses.Add(clock.NextDue!.Value - clock.GetUtcNow());
            clock.AdvanceTo(clock.NextDue!.Value);
        }

        var error = await Assert.ThrowsAsync<AmazonEC2Exception>(() => call);
        Assert.Equal(Ec2ErrorKind.Throttling, error.Kind);
        Assert.Equal(5, service.Requests.Count);
        var same = new Random(7);
        foreach (var (pause, ceiling) in pauses.Zip([1.0, 2.0, 3.0, 3.0]))
            Assert.Equal(ceiling * same.NextDouble(), pause.TotalSeconds, 0.01);
    }

    [Fact]
    public async Task a_cancelled_caller_does_not_wait_out_the_pause()
    {
        await using var service = await ScriptedService.StartAsync(Answer.Ec2Error(503, "RequestLimitExceeded"));
        var clock = new ManualTimeProvider();
        using var ec2 = service.Ec2(c =>
        {
            c.TimeProvider = clock;
            c.FirstBackoff = TimeSpan.FromSeconds(1);
        });
        using var stop = new CancellationTokenSource();
        var call = ec2.DescribeInstancesAsync(Describe, stop.Token);
        await Eventually.TrueAsync(() => clock.ArmedTimers == 1, TimeSpan.FromSeconds(20), "the pause before the retry");

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.Single(service.Requests);
    }
}
