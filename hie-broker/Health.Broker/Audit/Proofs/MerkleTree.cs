using System.Security.Cryptography;

namespace Health.Broker.Audit.Proofs;

/// <summary>Leaves <c>[Start, End)</c> of a tree whose hash stands for them in a proof.</summary>
internal readonly record struct LeafRange(long Start, long End)
{
    public long Count => End - Start;
}

/// <summary>The complete subtree over leaves <c>[Index·2^Level, (Index+1)·2^Level)</c>.</summary>
internal readonly record struct Subtree(int Level, long Index);

/// <summary>The Merkle tree of RFC 9162 §2.1 with SHA-256; leaves come hashed (prefix 0x00), inner nodes have prefix 0x01.</summary>
internal static class MerkleTree
{
    public const int HashSize = SHA256.HashSizeInBytes;

    /// <summary>Root of the empty tree.</summary>
    public static byte[] EmptyRoot => SHA256.HashData([]);

    public static byte[] Node(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        Span<byte> input = stackalloc byte[1 + (2 * HashSize)];
        input[0] = 0x01;
        left.CopyTo(input[1..]);
        right.CopyTo(input[(1 + HashSize)..]);
        return SHA256.HashData(input);
    }

    /// <summary>Hash over neighbouring complete subtrees, largest (leftmost) first.</summary>
    public static byte[] Fold(IReadOnlyList<byte[]> subtrees)
    {
        if (subtrees.Count == 0) return EmptyRoot;
        var hash = subtrees[^1];
        for (var i = subtrees.Count - 2; i >= 0; i--) hash = Node(subtrees[i], hash);
        return hash;
    }

    /// <summary>The complete subtrees a range consists of, largest first. The range starts where such a subtree may start.</summary>
    public static IEnumerable<Subtree> Complete(LeafRange range)
    {
        for (var at = range.Start; at < range.End;)
        {
            var level = 63 - System.Numerics.BitOperations.LeadingZeroCount((ulong)(range.End - at));
            yield return new Subtree(level, at >> level);
            at += 1L << level;
        }
    }

    /// <summary>The largest power of two below <paramref name="count"/> (two or more).</summary>
    public static long Split(long count) => 1L << (63 - System.Numerics.BitOperations.LeadingZeroCount((ulong)(count - 1)));
}
