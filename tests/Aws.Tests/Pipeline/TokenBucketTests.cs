using OptiInfra.Aws.EC2;
using OptiInfra.Aws.EC2.Model;
using OptiInfra.Aws.Pipeline;
using OptiInfra.Testing;

namespace OptiInfra.Aws.Tests.Pipeline;

public sealed class TokenBucketTests
{
    private readonly ManualTimeProvider _clock = new();

    [Fact]
    public async Task a_full_bucket_serves_a_burst_and_then_one_call_per_token()
    {
        var bucket = new TokenBucket(new TokenBucketLimit(5, 2), _clock);
        for (var i = 0; i < 5; i++)
            Assert.True(bucket.TakeAsync().IsCompletedSuccessfully);

        var sixth = bucket.TakeAsync();
        var seventh = bucket.TakeAsync();
        Assert.False(sixth.IsCompleted);
        _clock.Advance(TimeSpan.FromSeconds(0.5));
        await sixth.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.False(seventh.IsCompleted);
        _clock.Advance(TimeSpan.FromSeconds(0.5));
        await seventh.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.False(bucket.TakeAsync().IsCompleted);
    }

    [Fact]
    public void a_bucket_holds_no_more_than_its_size_however_long_it_rests()
    {
        var bucket = new TokenBucket(new TokenBucketLimit(3, 10), _clock);
        _clock.Advance(TimeSpan.FromHours(1));

        Assert.Equal(3, Enumerable.Range(0, 20).Count(_ => bucket.TakeAsync().IsCompleted));
    }

    [Fact]
    public async Task a_cancelled_wait_gives_its_token_back()
    {
        var bucket = new TokenBucket(new TokenBucketLimit(1, 1), _clock);
        Assert.True(bucket.TakeAsync().IsCompleted);
        using var stop = new CancellationTokenSource();
        var given = bucket.TakeAsync(stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);

        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.True(bucket.TakeAsync().IsCompleted);
    }

    [Fact]
    public async Task launches_beyond_the_burst_wait_their_turn_while_reads_go_on()
    {
        await using var service = await ScriptedService.StartAsync(Answer.Ok("<Response><reservationId>r-1</reservationId></Response>"));
        using var ec2 = service.Ec2(c => c.TimeProvider = _clock);
        var launches = Enumerable.Range(0, 6).Select(_ => ec2.RunInstancesAsync(new RunInstancesRequest { ImageId = "ami-1" })).ToList();
        await Eventually.TrueAsync(() => launches.Count(l => l.IsCompleted) == 5 && _clock.ArmedTimers == 1, TimeSpan.FromSeconds(20), "the burst");

        await ec2.DescribeInstancesAsync(new DescribeInstancesRequest());
        Assert.Equal(6, service.Requests.Count);

        _clock.Advance(TimeSpan.FromSeconds(0.5));
        await Task.WhenAll(launches).WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(7, service.Requests.Count);
    }

    [Fact]
    public async Task clients_of_one_account_share_their_buckets()
    {
        await using var service = await ScriptedService.StartAsync(Answer.Ok("<Response/>"));
        var throttle = Ec2RequestLimits.CreateThrottle(_clock);
        using var one = service.Ec2(c => c.Throttle = throttle);
        using var other = service.Ec2(c => c.Throttle = throttle);
        for (var i = 0; i < 5; i++)
            await one.RunInstancesAsync(new RunInstancesRequest());

        var sixth = other.RunInstancesAsync(new RunInstancesRequest());
        await Eventually.TrueAsync(() => _clock.ArmedTimers == 1, TimeSpan.FromSeconds(20), "the wait for a token");

        Assert.Equal(5, service.Requests.Count);
        _clock.Advance(TimeSpan.FromSeconds(0.5));
        await sixth.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public void a_description_without_filter_or_paging_has_the_smaller_bucket()
    {
        var whole = Ec2RequestLimits.For(new DescribeInstancesRequest { InstanceIds = ["i-1"] });
        var paged = Ec2RequestLimits.For(new DescribeInstancesRequest { MaxResults = 100 });
        var filtered = Ec2RequestLimits.For(new DescribeInstancesRequest { Filters = [Filter.ClientToken("t")] });

        Assert.Equal(new TokenBucketLimit(50, 10), whole!.Value.Limit);
        Assert.Equal(new TokenBucketLimit(100, 20), paged!.Value.Limit);
        Assert.Equal(paged, filtered);
    }
}
