namespace Health.Broker.Audit.Proofs;

/// <summary>Proofs of RFC 9162 §2.1.3 (inclusion) and §2.1.4 (consistency): which hashes they are made of, and how they are verified.</summary>
internal static class MerkleProof
{
    /// <summary>The ranges whose hashes prove that leaf <paramref name="index"/> is in the tree of <paramref name="size"/>, from the leaf up.</summary>
    public static IReadOnlyList<LeafRange> Inclusion(long index, long size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, size);
        var path = new List<LeafRange>();
        for (var range = new LeafRange(0, size); range.Count > 1;)
        {
            var middle = range.Start + MerkleTree.Split(range.Count);
            var (left, right) = (range with { End = middle }, range with { Start = middle });
            path.Add(index < middle ? right : left);
            range = index < middle ? left : right;
        }

        path.Reverse();
        return path;
    }

    /// <summary>The ranges whose hashes prove that the tree of size <paramref name="from"/> is a beginning of the one of size <paramref name="to"/>.</summary>
    public static IReadOnlyList<LeafRange> Consistency(long from, long to)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(from, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(from, to);
        var path = new List<LeafRange>();
        var range = new LeafRange(0, to);
        while (from != range.End)
        {
            var middle = range.Start + MerkleTree.Split(range.Count);
            var (left, right) = (range with { End = middle }, range with { Start = middle });
            path.Add(from <= middle ? right : left);
            range = from <= middle ? left : right;
        }

        // A subtree that begins the tree is the old root itself, which the verifier has.
        if (range.Start > 0) path.Add(range);
        path.Reverse();
        return path;
    }

    public static bool VerifyInclusion(byte[] leaf, long index, long size, byte[] root, IReadOnlyList<byte[]> path)
    {
        if (index < 0 || index >= size) return false;
        var (node, last) = (index, size - 1);
        var hash = leaf;
        foreach (var sibling in path)
        {
            if (last == 0) return false;
            if ((node & 1) == 1 || node == last)
            {
                hash = MerkleTree.Node(sibling, hash);
                while ((node & 1) == 0 && node != 0) (node, last) = (node >> 1, last >> 1);
            }
            else
            {
                hash = MerkleTree.Node(hash, sibling);
            }

            (node, last) = (node >> 1, last >> 1);
        }

        return last == 0 && hash.AsSpan().SequenceEqual(root);
    }

    public static bool VerifyConsistency(long from, byte[] fromRoot, long to, byte[] toRoot, IReadOnlyList<byte[]> path)
    {
        if (from < 1 || from > to) return false;
        if (from == to) return path.Count == 0 && fromRoot.AsSpan().SequenceEqual(toRoot);
        var hashes = System.Numerics.BitOperations.IsPow2(from) ? [fromRoot, .. path] : path;
        if (hashes.Count == 0) return false;
        var (node, last) = (from - 1, to - 1);
        while ((node & 1) == 1) (node, last) = (node >> 1, last >> 1);
        var (older, newer) = (hashes[0], hashes[0]);
        foreach (var hash in hashes.Skip(1))
        {
            if (last == 0) return false;
            if ((node & 1) == 1 || node == last)
            {
                older = MerkleTree.Node(hash, older);
                newer = MerkleTree.Node(hash, newer);
                while ((node & 1) == 0 && node != 0) (node, last) = (node >> 1, last >> 1);
            }
            else
            {
                newer = MerkleTree.Node(newer, hash);
            }

            (node, last) = (node >> 1, last >> 1);
        }

        return last == 0 && older.AsSpan().SequenceEqual(fromRoot) && newer.AsSpan().SequenceEqual(toRoot);
    }
}
