using Health.Broker.Audit.Log;
using Health.Broker.Audit.Proofs;
using Npgsql;

namespace Health.Broker.Audit.Verification;

/// <summary>Compares the stored roots of complete subtrees, from which proofs are made, with the recomputed ones. One row read per 256 facts.</summary>
internal sealed class NodeCheck(NpgsqlConnection connection, Findings findings)
{
    private readonly List<(Subtree Place, byte[] Hash)> completed = [];
    private long compared;

    public void Completed(Subtree place, byte[] hash)
    {
        if (place.Level % TreeReader.TileHeight == 0) completed.Add((place with { Level = place.Level / TreeReader.TileHeight }, hash));
    }

    public async Task Compare(CancellationToken ct)
    {
        if (completed.Count == 0) return;
        foreach (var (place, hash) in completed)
        {
            await using var command = new NpgsqlCommand("select hash from audit.node where level = $1 and idx = $2", connection)
            {
                Parameters = { new() { Value = (short)place.Level }, new() { Value = place.Index } },
            };
            if (await command.ExecuteScalarAsync(ct) is not byte[] stored) findings.Add($"node {place.Index} of level {place.Level}: missing");
            else if (!stored.AsSpan().SequenceEqual(hash)) findings.Add($"node {place.Index} of level {place.Level}: differs from the log");
            compared++;
        }

        completed.Clear();
    }

    public async Task Finish(CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("select count(*) from audit.node", connection);
        var stored = (long)(await command.ExecuteScalarAsync(ct))!;
        if (stored > compared) findings.Add($"{stored - compared} nodes more than the log has");
    }
}
