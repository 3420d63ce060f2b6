using OptiInfra.Agents.Prices;
using OptiInfra.Testing;

namespace OptiInfra.Agents.Tests.Prices;

public sealed class PriceBookTests
{
    static PriceBook Read(string csv, string? region = null) => PriceBook.Read(new StringReader(csv), "prices.csv", region);

    static string Refusal(string csv, string? region = null) => Assert.Throws<BadInputException>(() => Read(csv, region)).Message;

    [Fact]
    public void prices_and_bands_are_read_and_comments_passed_over()
    {
        var book = Read("# us-east-1, Linux\ninstance_type,usd_per_hour,interruption_band\nm5.xlarge,0.192,4\n# old\nc5.large, 0.085 ,\n");

        Assert.Equal(0.192m, book.OnDemandHourlyUsd["m5.xlarge"]);
        Assert.Equal(0.085m, book.OnDemandHourlyUsd["c5.large"]);
        Assert.Equal(4, Assert.Single(book.InterruptionBands).Value);
    }

    [Fact]
    public void of_several_snapshots_the_newest_counts_whatever_the_order()
    {
        var book = Read("""
            generated_at,commit,region,instance_type,usd_per_hour
            2024-01-01T00:00:00Z,b,us-east-1,m5.xlarge,0.20
            2023-01-01T00:00:00Z,a,us-east-1,m5.xlarge,0.30
            2025-01-01T00:00:00Z,c,eu-west-1,m5.xlarge,0.90
            """, "us-east-1");

        Assert.Equal(0.20m, book.OnDemandHourlyUsd["m5.xlarge"]);
    }

    [Theory]
    [InlineData("instance_type,usd_per_hour\nm5.xlarge,0.192\nc5.large,-0.085\n", "line 3", "above 0")]
    [InlineData("# a comment\ninstance_type,usd_per_hour\nm5.xlarge,cheap\n", "line 3", "'cheap'")]
    [InlineData("instance_type,usd_per_hour\n,0.1\n", "line 2", "no instance_type")]
    [InlineData("instance_type,usd_per_hour\nm5.xlarge,\n", "line 2", "no usd_per_hour")]
    [InlineData("instance_type,usd_per_hour\nm5.xlarge,0.192\nm5.xlarge,0.2\n", "line 3", "second price")]
    [InlineData("instance_type,usd_per_hour,interruption_band\nm5.xlarge,0.192,5\n", "line 2", "interruption_band '5'")]
    [InlineData("instance_type,usd_per_hour,generated_at\nm5.xlarge,0.192,yesterday\n", "line 2", "'yesterday'")]
    public void a_wrong_line_is_refused_with_file_line_and_remedy(string csv, string line, string what)
    {
        var message = Refusal(csv);

        Assert.Contains($"prices.csv, {line}", message, StringComparison.Ordinal);
        Assert.Contains(what, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("type,price\nm5.xlarge,0.192\n", "columns instance_type and usd_per_hour")]
    [InlineData("", "columns instance_type and usd_per_hour")]
    [InlineData("instance_type,usd_per_hour\n", "no prices")]
    public void a_file_that_gives_no_prices_is_refused(string csv, string what) =>
        Assert.Contains(what, Refusal(csv), StringComparison.Ordinal);

    [Fact]
    public void a_region_without_prices_is_named() =>
        Assert.Contains("eu-west-1", Refusal("region,instance_type,usd_per_hour\nus-east-1,m5.xlarge,0.192\n", "eu-west-1"), StringComparison.Ordinal);

    [Fact]
    public void a_file_that_is_not_there_is_no_stack_trace() =>
        Assert.Contains("cannot be read", Assert.Throws<BadInputException>(() => PriceBook.Read("/nowhere/prices.csv")).Message, StringComparison.Ordinal);

    [Fact]
    public void the_public_price_list_is_read()
    {
        var book = PriceBook.Read(SharedData.Require("aws-ondemand-usd-per-hour.csv"), "us-east-1");

        Assert.Equal(0.192m, book.OnDemandHourlyUsd["m5.xlarge"]);
        Assert.True(book.OnDemandHourlyUsd.Count > 1000);
    }
}
