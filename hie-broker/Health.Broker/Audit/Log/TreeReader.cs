using Health.Broker.Audit.Proofs;
using Npgsql;

namespace Health.Broker.Audit.Log;

/// <summary>
/// Hashes of any part of the tree. Roots of complete subtrees of 256, 65,536 … leaves are stored, so a proof reads at most 255 rows per
/// eight levels.
/// </summary>
internal sealed class TreeReader(NpgsqlConnection connection)
{
    public const int TileHeight = 8;

    public async Task<byte[]> Hash(LeafRange range, CancellationToken ct)
    {
        var subtrees = new List<byte[]>();
        foreach (var subtree in MerkleTree.Complete(range)) subtrees.Add(await Hash(subtree, ct));
        return MerkleTree.Fold(subtrees);
    }

    private async Task<byte[]> Hash(Subtree subtree, CancellationToken ct)
    {
        var (tileLevel, height) = Math.DivRem(subtree.Level, TileHeight);
        var first = subtree.Index << height;
        var hashes = await Row(tileLevel, first, 1L << height, ct);
        if (hashes.Count != 1 << height) throw new AuditLogBrokenException($"The log lacks hashes of level {tileLevel} from {first}.");
        while (hashes.Count > 1)
        {
            var upper = new List<byte[]>(hashes.Count / 2);
            for (var i = 0; i < hashes.Count; i += 2) upper.Add(MerkleTree.Node(hashes[i], hashes[i + 1]));
            hashes = upper;
        }

        return hashes[0];
    }

    private async Task<List<byte[]>> Row(int tileLevel, long first, long count, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            tileLevel == 0
                ? "select leaf from audit.log where idx >= $1 and idx < $2 order by idx"
                : "select hash from audit.node where level = $3 and idx >= $1 and idx < $2 order by idx", connection)
        {
            Parameters = { new() { Value = first }, new() { Value = first + count } },
        };
        if (tileLevel > 0) command.Parameters.Add(new NpgsqlParameter { Value = (short)tileLevel });
        var hashes = new List<byte[]>((int)count);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct)) hashes.Add(reader.GetFieldValue<byte[]>(0));
        return hashes;
    }
}
