using System.Security.Cryptography;

namespace OptiInfra.EventStore;

/// <summary>
/// The Merkle tree hash of RFC 6962, section 2.1, over leaves that come one by one: SHA-256 of 0x00 and the leaf, SHA-256
/// of 0x01 and both halves, SHA-256 of nothing for no leaves. Holds one hash per level.
/// </summary>
sealed class MerkleTree
{
    const byte LeafPrefix = 0;
    const byte NodePrefix = 1;

    /// <summary>Roots of complete subtrees, the largest first; their sizes are the set bits of <see cref="Leaves"/>.</summary>
    readonly List<byte[]> peaks = [];

    public long Leaves { get; private set; }

    public void Add(ReadOnlySpan<byte> leaf)
    {
        Span<byte> input = stackalloc byte[1 + leaf.Length];
        input[0] = LeafPrefix;
        leaf.CopyTo(input[1..]);
        var hash = SHA256.HashData(input);
        // each trailing one of the count is a complete subtree of the size that has just been reached again
        for (var size = Leaves; (size & 1) == 1; size >>= 1)
        {
            hash = Node(peaks[^1], hash);
            peaks.RemoveAt(peaks.Count - 1);
        }
        peaks.Add(hash);
        Leaves++;
    }

    public byte[] Root()
    {
        if (peaks.Count == 0)
            return SHA256.HashData([]);
        var root = peaks[^1];
        for (var i = peaks.Count - 2; i >= 0; i--)
            root = Node(peaks[i], root);
        return root;
    }

    static byte[] Node(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        Span<byte> input = stackalloc byte[1 + (2 * SHA256.HashSizeInBytes)];
        input[0] = NodePrefix;
        left.CopyTo(input[1..]);
        right.CopyTo(input[(1 + SHA256.HashSizeInBytes)..]);
        return SHA256.HashData(input);
    }
}
