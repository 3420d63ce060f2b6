using System.Security.Cryptography;
using FsCheck;
using FsCheck.Fluent;

namespace OptiInfra.EventStore.Tests;

public sealed class MerkleTreeTests
{
    /// <summary>The trees of Certificate Transparency's own tests (google/certificate-transparency, merkle_tree_test).</summary>
    [Theory]
    [InlineData(0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData(1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")]
    [InlineData(2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125")]
    [InlineData(3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77")]
    [InlineData(8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328")]
    public void known_trees_have_their_known_roots(int leaves, string root)
    {
        string[] known = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
        var tree = new MerkleTree();
        foreach (var leaf in known.Take(leaves))
            tree.Add(Convert.FromHexString(leaf));
        Assert.Equal(root, Convert.ToHexStringLower(tree.Root()));
        Assert.Equal(leaves, tree.Leaves);
    }

    [Fact]
    public void leaves_one_by_one_give_the_root_that_the_definition_gives()
        => Prop.ForAll(Gen.Choose(0, 255).Select(i => (byte)i).ArrayOf().ArrayOf().ToArbitrary(), leaves =>
        {
            var tree = new MerkleTree();
            foreach (var leaf in leaves)
                tree.Add(leaf);
            Assert.Equal(Defined(leaves), tree.Root());
        }).Check(Config.QuickThrowOnFailure.WithEndSize(70));

    [Fact]
    public void another_leaf_or_another_order_gives_another_root()
        => Prop.ForAll(Gen.Choose(0, 1000).ArrayOf().Where(l => l.Distinct().Count() > 1).ToArbitrary(), numbers =>
        {
            var leaves = numbers.Select(BitConverter.GetBytes).ToArray();
            var root = Defined(leaves);
            Assert.NotEqual(root, RootOf(leaves.Append([])));
            Assert.NotEqual(root, RootOf(leaves.Skip(1)));
            Assert.NotEqual(root, RootOf(leaves.Select((l, i) => i == leaves.Length - 1 ? [.. l, 0] : l)));
            var other = numbers.Order().SequenceEqual(numbers) ? numbers.OrderDescending() : numbers.Order();
            Assert.NotEqual(root, RootOf(other.Select(BitConverter.GetBytes)));
        }).Check(Config.QuickThrowOnFailure);

    static byte[] RootOf(IEnumerable<byte[]> leaves)
    {
        var tree = new MerkleTree();
        foreach (var leaf in leaves)
            tree.Add(leaf);
        return tree.Root();
    }

    /// <summary>RFC 6962, section 2.1, as it stands there: split at the largest power of two below the number of leaves.</summary>
    static byte[] Defined(IReadOnlyList<byte[]> leaves)
    {
        if (leaves.Count == 0)
            return SHA256.HashData([]);
        if (leaves.Count == 1)
            return SHA256.HashData([0, .. leaves[0]]);
        var k = 1;
        while (k * 2 < leaves.Count)
            k *= 2;
        return SHA256.HashData([1, .. Defined([.. leaves.Take(k)]), .. Defined([.. leaves.Skip(k)])]);
    }
}
