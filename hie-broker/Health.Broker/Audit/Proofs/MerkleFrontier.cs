namespace Health.Broker.Audit.Proofs;

/// <summary>A growing tree of which only the roots of its complete subtrees are kept: at most 63 hashes for any size.</summary>
internal sealed class MerkleFrontier
{
    private readonly List<byte[]> subtrees = [];

    public long Size { get; private set; }

    public byte[] Root() => MerkleTree.Fold(subtrees);

    /// <param name="completed">Told of every subtree of two or more leaves that this leaf completes.</param>
    public void Append(byte[] leaf, Action<Subtree, byte[]>? completed = null)
    {
        var index = Size++;
        var hash = leaf;
        for (var level = 1; ((index >> (level - 1)) & 1) == 1; level++)
        {
            hash = MerkleTree.Node(subtrees[^1], hash);
            subtrees.RemoveAt(subtrees.Count - 1);
            completed?.Invoke(new Subtree(level, index >> level), hash);
        }

        subtrees.Add(hash);
    }

    /// <summary>All hashes in one array, largest subtree first.</summary>
    public byte[] ToBytes() => [.. subtrees.SelectMany(hash => hash)];

    /// <exception cref="ArgumentException">Not the frontier of a tree of that size.</exception>
    public static MerkleFrontier Parse(long size, ReadOnlySpan<byte> bytes)
    {
        if (size < 0 || bytes.Length != System.Numerics.BitOperations.PopCount((ulong)size) * MerkleTree.HashSize)
            throw new ArgumentException($"{bytes.Length} bytes are no frontier of a tree of size {size}.", nameof(bytes));
        var frontier = new MerkleFrontier { Size = size };
        for (; bytes.Length > 0; bytes = bytes[MerkleTree.HashSize..]) frontier.subtrees.Add(bytes[..MerkleTree.HashSize].ToArray());
        return frontier;
    }
}
