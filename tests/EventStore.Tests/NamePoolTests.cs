using System.Text;

namespace OptiInfra.EventStore.Tests;

public sealed class NamePoolTests
{
    readonly NamePool pool = new();

    string Of(string name) => pool.Of(Encoding.UTF8.GetBytes(name));

    [Fact]
    public void A_name_that_comes_again_is_the_same_string()
        => Assert.Same(Of("instance_moved"), Of("instance_moved"));

    [Fact]
    public void More_names_than_places_are_each_themselves()
    {
        for (var turn = 0; turn < 2; turn++)
            for (var i = 0; i < 5000; i++)
                Assert.Equal($"name {i}", Of($"name {i}"));
    }

    [Theory]
    [InlineData(""), InlineData("\0"), InlineData("Bäckerei"), InlineData("客户"), InlineData("😀")]
    public void Any_name_is_itself(string name)
    {
        Assert.Equal(name, Of(name));
        Assert.Equal(name, Of(name));
    }

    [Fact]
    public void Threads_share_it()
        => Parallel.For(0, 4, thread =>
        {
            for (var i = 0; i < 20_000; i++)
                Assert.Equal($"name {i % 700}", Of($"name {i % 700}"));
        });
}
