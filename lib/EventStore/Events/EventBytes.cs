namespace OptiInfra.EventStore;

/// <summary>
/// Bytes of many events in few arrays, in place of two small ones for each. An event keeps the array alive that its bytes are in; who
/// reads single events to keep them gives each its own.
/// </summary>
sealed class EventBytes
{
    /// <summary>A reading at the log's end has one event or few; the arrays of one that goes on become larger.</summary>
    const int FirstChunk = 512;
    const int Growth = 4;
    /// <summary>Far below what would be a large object to the collector.</summary>
    const int LargestChunk = 32 * 1024;
    const int LargestShared = LargestChunk / 8;

    byte[] chunk = [];
    int used;

    public ArraySegment<byte> Take(int length)
    {
        if (length > LargestShared)
            return new(GC.AllocateUninitializedArray<byte>(length));
        if (length > chunk.Length - used)
        {
            var next = Math.Clamp(chunk.Length * Growth, FirstChunk, LargestChunk);
            (chunk, used) = (GC.AllocateUninitializedArray<byte>(Math.Max(next, length)), 0);
        }
        used += length;
        return new(chunk, used - length, length);
    }
}
