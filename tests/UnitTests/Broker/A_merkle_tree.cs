using System.Security.Cryptography;
using System.Text;
using CsCheck;
using Health.Broker.Audit.Proofs;

namespace Health.UnitTests.Broker;

public sealed class A_merkle_tree
{
    // The eight inputs and roots that implementations of RFC 6962 share as test vectors.
    private static readonly string[] Inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];

    private static readonly string[] Roots =
    [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    [Fact]
    public void has_the_roots_every_implementation_of_the_standard_has()
    {
        Assert.Equal("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", Convert.ToHexStringLower(MerkleTree.EmptyRoot));
        var frontier = new MerkleFrontier();
        for (var i = 0; i < Inputs.Length; i++)
        {
            frontier.Append(SHA256.HashData([0, .. Convert.FromHexString(Inputs[i])]));
            Assert.Equal(Roots[i], Convert.ToHexStringLower(frontier.Root()));
        }
    }

    [Fact]
    public void agrees_with_the_definition_at_every_size_and_when_resumed()
    {
        var leaves = Leaves(300);
        var frontier = new MerkleFrontier();
        for (var size = 1; size <= leaves.Length; size++)
        {
            frontier.Append(leaves[size - 1]);
            Assert.Equal(Definition(leaves.AsSpan(0, size)), frontier.Root());
            Assert.Equal(frontier.Root(), MerkleFrontier.Parse(size, frontier.ToBytes()).Root());
        }

        Assert.Throws<ArgumentException>(() => MerkleFrontier.Parse(3, new byte[32]));
    }

    [Fact]
    public void tells_each_complete_subtree_once_with_its_hash()
    {
        var leaves = Leaves(100);
        var told = new Dictionary<Subtree, byte[]>();
        var frontier = new MerkleFrontier();
        foreach (var leaf in leaves) frontier.Append(leaf, told.Add);
        Assert.Equal(50 + 25 + 12 + 6 + 3 + 1, told.Count);
        foreach (var (subtree, hash) in told)
            Assert.Equal(Definition(leaves.AsSpan((int)(subtree.Index << subtree.Level), 1 << subtree.Level)), hash);
    }

    [Fact]
    public void proves_inclusion_of_every_leaf_at_every_size_and_of_no_other_leaf()
    {
        var leaves = Leaves(70);
        for (var size = 1; size <= leaves.Length; size++)
        {
            var root = Definition(leaves.AsSpan(0, size));
            for (var index = 0; index < size; index++)
            {
                var path = Hashes(leaves, MerkleProof.Inclusion(index, size));
                Assert.True(MerkleProof.VerifyInclusion(leaves[index], index, size, root, path));
                Assert.False(MerkleProof.VerifyInclusion(leaves[index], (index + 1) % size, size, root, path) && size > 1);
                Assert.False(MerkleProof.VerifyInclusion(SHA256.HashData(leaves[index]), index, size, root, path));
                Assert.False(MerkleProof.VerifyInclusion(leaves[index], index, size, root, [.. path, leaves[0]]));
                if (path.Count > 0) Assert.False(MerkleProof.VerifyInclusion(leaves[index], index, size, root, [.. path.Skip(1)]));
            }
        }
    }

    [Fact]
    public void proves_that_every_older_tree_is_a_beginning_of_a_younger_one()
    {
        var leaves = Leaves(64);
        for (var to = 1; to <= leaves.Length; to++)
        {
            var toRoot = Definition(leaves.AsSpan(0, to));
            for (var from = 1; from <= to; from++)
            {
                var fromRoot = Definition(leaves.AsSpan(0, from));
                var path = Hashes(leaves, MerkleProof.Consistency(from, to));
                Assert.True(MerkleProof.VerifyConsistency(from, fromRoot, to, toRoot, path));
                Assert.False(MerkleProof.VerifyConsistency(from, SHA256.HashData(fromRoot), to, toRoot, path));
                Assert.False(MerkleProof.VerifyConsistency(from, fromRoot, to, SHA256.HashData(toRoot), path));
            }
        }
    }

    [Fact]
    public void with_one_flipped_bit_anywhere_in_a_proof_proves_nothing() =>
        Gen.Select(Gen.Int[2, 5000], Gen.Int[0, 4999], Gen.Int[0, 1 << 20]).Sample((size, at, bit) =>
        {
            var index = at % size;
            var leaves = Leaves(size);
            var path = Hashes(leaves, MerkleProof.Inclusion(index, size));
            var frontier = new MerkleFrontier();
            foreach (var leaf in leaves) frontier.Append(leaf);
            var broken = path.Select(hash => hash.ToArray()).ToList();
            broken[bit % path.Count][bit / path.Count % 32] ^= (byte)(1 << (bit % 8));
            return MerkleProof.VerifyInclusion(leaves[index], index, size, frontier.Root(), path)
                && !MerkleProof.VerifyInclusion(leaves[index], index, size, frontier.Root(), broken);
        }, iter: 60);

    private static byte[][] Leaves(int count) => [.. Enumerable.Range(0, count).Select(i => SHA256.HashData(Encoding.UTF8.GetBytes($"leaf {i}")))];

    // RFC 9162 §2.1.1, word for word.
    private static byte[] Definition(ReadOnlySpan<byte[]> leaves)
    {
        if (leaves.Length == 1) return leaves[0];
        var k = 1;
        while (k * 2 < leaves.Length) k *= 2;
        return SHA256.HashData([1, .. Definition(leaves[..k]), .. Definition(leaves[k..])]);
    }

    private static List<byte[]> Hashes(byte[][] leaves, IReadOnlyList<LeafRange> ranges) =>
        [.. ranges.Select(range => Definition(leaves.AsSpan((int)range.Start, (int)range.Count)))];
}
