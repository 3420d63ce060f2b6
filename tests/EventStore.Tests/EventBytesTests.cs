using System.Runtime.InteropServices;

namespace OptiInfra.EventStore.Tests;

public sealed class EventBytesTests
{
    readonly EventBytes bytes = new();

    static byte[] ArrayOf(Memory<byte> memory) => MemoryMarshal.TryGetArray((ReadOnlyMemory<byte>)memory, out var array) ? array.Array! : [];

    [Fact]
    public void What_was_taken_is_nobody_elses()
    {
        var lengths = new[] { 0, 1, 32, 511, 512, 513, 4096, 4097, 100_000, 200 };
        var taken = Enumerable.Range(0, 2000).Select(i => bytes.Take(lengths[i % lengths.Length])).ToList();
        for (var i = 0; i < taken.Count; i++)
            taken[i].Span.Fill((byte)i);
        for (var i = 0; i < taken.Count; i++)
        {
            Assert.Equal(lengths[i % lengths.Length], taken[i].Length);
            Assert.False(taken[i].Span.ContainsAnyExcept((byte)i));
        }
    }

    [Fact]
    public void One_event_takes_little_and_many_share()
    {
        Assert.InRange(ArrayOf(bytes.Take(200)).Length, 200, 512);
        var arrays = Enumerable.Range(0, 1000).Select(_ => ArrayOf(bytes.Take(200))).Distinct().ToList();
        Assert.InRange(arrays.Count, 1, 12);
        Assert.All(arrays, array => Assert.InRange(array.Length, 200, 32 * 1024));
    }
}
