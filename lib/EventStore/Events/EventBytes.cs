namespace OptiInfra.EventStore;

/// <summary>
/// Bytes of many events in few arrays, in place of two small ones for each. An event keeps the array alive that its bytes are in; who
/// reads single events to keep them gives each its own.
/// </summary>
sealed class EventBytes
{
    /// <summary>Far below what would be a large object to the collector.</summary>
    const int ChunkLength = 32 * 1024;
    const int LargestShared = ChunkLength / 8;

    byte[] chunk = [];
    int used;

    public Memory<byte> Take(int length)
    {
        if (length > LargestShared)
            return GC.AllocateUninitializedArray<byte>(length);
        if (length > chunk.Length - used)
            (chunk, used) = (GC.AllocateUninitializedArray<byte>(ChunkLength), 0);
        used += length;
        return chunk.AsMemory(used - length, length);
    }
}
