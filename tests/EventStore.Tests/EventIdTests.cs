using System.Buffers.Binary;

namespace OptiInfra.EventStore.Tests;

public sealed class EventIdTests
{
    [Fact]
    public void ids_are_version_7_carry_their_time_and_never_repeat()
    {
        var at = new DateTimeOffset(2026, 11, 21, 12, 0, 0, 123, TimeSpan.Zero);
        var ids = Enumerable.Range(0, 8).AsParallel().SelectMany(_ => Enumerable.Range(0, 1000).Select(_ => EventIds.Next(at)).ToList()).ToList();

        Assert.Equal(8000, ids.Distinct().Count());
        Assert.All(ids, id =>
        {
            Assert.Equal((7, 8), (id.Version, id.Variant & 0xC));
            var bytes = id.ToByteArray(bigEndian: true);
            Assert.Equal(at.ToUnixTimeMilliseconds(), BinaryPrimitives.ReadInt64BigEndian([0, 0, .. bytes.AsSpan(0, 6)]));
        });
        Assert.Equal(Guid.CreateVersion7(at).ToByteArray(bigEndian: true)[..6], ids[0].ToByteArray(bigEndian: true)[..6]);
    }

    [Fact]
    public void the_random_part_is_random()
    {
        var ids = Enumerable.Range(0, 4096).Select(_ => EventIds.Next(DateTimeOffset.UnixEpoch).ToByteArray(bigEndian: true)).ToList();
        for (var bit = 0; bit < 62; bit++)
            Assert.InRange(ids.Count(id => (BinaryPrimitives.ReadUInt64BigEndian(id.AsSpan(8)) >> bit & 1) == 1), 1700, 2400);
    }
}
