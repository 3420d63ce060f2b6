namespace OptiInfra.EventStore.Tests;

public sealed class EventBytesTests
{
    readonly EventBytes bytes = new();

    [Fact]
    public void What_was_taken_is_nobody_elses()
    {
        var lengths = new[] { 0, 1, 32, 511, 512, 513, 4096, 4097, 100_000, 200 };
        var taken = Enumerable.Range(0, 2000).Select(i => bytes.Take(lengths[i % lengths.Length])).ToList();
        for (var i = 0; i < taken.Count; i++)
            taken[i].AsSpan().Fill((byte)i);
        for (var i = 0; i < taken.Count; i++)
        {
            Assert.Equal(lengths[i % lengths.Length], taken[i].Count);
            Assert.False(taken[i].AsSpan().ContainsAnyExcept((byte)i));
        }
    }

    [Fact]
    public void One_event_takes_little_and_many_share()
    {
        Assert.InRange(bytes.Take(200).Array!.Length, 200, 512);
        var arrays = Enumerable.Range(0, 1000).Select(_ => bytes.Take(200).Array!).Distinct().ToList();
        Assert.InRange(arrays.Count, 1, 12);
        Assert.All(arrays, array => Assert.InRange(array.Length, 200, 32 * 1024));
    }
}
