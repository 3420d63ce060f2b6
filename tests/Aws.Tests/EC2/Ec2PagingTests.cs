using OptiInfra.Aws.EC2;
using OptiInfra.Aws.EC2.Model;

namespace OptiInfra.Aws.Tests.EC2;

public sealed class Ec2PagingTests
{
    [Theory]
    [InlineData("")]
    [InlineData("<nextToken/>")]
    [InlineData("<nextToken></nextToken>")]
    public async Task pages_are_read_to_the_last_whose_token_is_absent_or_empty(string lastToken)
    {
        await using var service = await ScriptedService.StartAsync(
            Page("<nextToken>two/+ &amp;</nextToken>", "i-1", "i-2"), Page("<nextToken>three</nextToken>"), Page(lastToken, "i-3"));
        using var ec2 = service.Ec2();
        var request = new DescribeInstancesRequest { MaxResults = 5, Filters = [Filter.InState(InstanceStateName.Running, InstanceStateName.Pending)] };

        var ids = new List<string>();
        await foreach (var instance in ec2.EnumerateInstancesAsync(request))
            ids.Add(instance.InstanceId);

        Assert.Equal(["i-1", "i-2", "i-3"], ids);
        Assert.Equal([null, "two/+ &", "three"], service.Requests.Select(r => r.Parameters.GetValueOrDefault("NextToken")));
        Assert.All(service.Requests, r => Assert.Equal(
            ("5", "instance-state-name", "running", "pending"),
            (r.Parameters["MaxResults"], r.Parameters["Filter.1.Name"], r.Parameters["Filter.1.Value.1"], r.Parameters["Filter.1.Value.2"])));
        Assert.Null(request.NextToken);
    }

    [Fact]
    public async Task a_page_that_nobody_wants_is_not_asked_for()
    {
        await using var service = await ScriptedService.StartAsync(Page("<nextToken>two</nextToken>", "i-1", "i-2"));
        using var ec2 = service.Ec2();

        await foreach (var instance in ec2.EnumerateInstancesAsync(new DescribeInstancesRequest()))
            if (instance.InstanceId == "i-2")
                break;

        Assert.Single(service.Requests);
    }

    [Fact]
    public async Task spot_prices_keep_their_text_and_their_times_are_utc()
    {
        await using var service = await ScriptedService.StartAsync(Answer.Ok(
            """
            <DescribeSpotPriceHistoryResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><spotPriceHistorySet><item>
              <instanceType>m5.large</instanceType><availabilityZone>us-east-1a</availabilityZone><productDescription>Linux/UNIX</productDescription>
              <spotPrice>0.035100</spotPrice><timestamp>2021-05-31T12:00:00+02:00</timestamp>
            </item></spotPriceHistorySet><nextToken/></DescribeSpotPriceHistoryResponse>
            """));
        using var ec2 = service.Ec2();

        var prices = new List<SpotPrice>();
        await foreach (var price in ec2.EnumerateSpotPricesAsync(new DescribeSpotPriceHistoryRequest { StartTime = new DateTime(2021, 3, 2) }))
            prices.Add(price);

        var only = Assert.Single(prices);
        Assert.Equal("0.035100", only.Price);
        Assert.Equal((new DateTime(2021, 5, 31, 10, 0, 0), DateTimeKind.Utc), (only.Timestamp!.Value, only.Timestamp.Value.Kind));
        Assert.Equal("2021-03-02T00:00:00Z", service.Requests[0].Parameters["StartTime"]);
    }

    private static Answer Page(string token, params string[] ids) => Answer.Ok(
        $"<DescribeInstancesResponse><reservationSet><item><instancesSet>{string.Concat(ids.Select(id => $"<item><instanceId>{id}</instanceId></item>"))}"
        + $"</instancesSet></item></reservationSet>{token}</DescribeInstancesResponse>");
}
