using Health.Broker.Audit.Log;
using Health.Broker.Audit.Proofs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Health.Broker.Audit;

/// <summary>
/// Checkpoint and proofs, for everyone signed in: they contain hashes only. With two checkpoints a witness verifies that nothing before
/// was altered; with a receipt (fact id) that a fact is in the log.
/// </summary>
internal static class AuditEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var audit = routes.MapGroup("/audit").RequireAuthorization();
        audit.MapGet("/checkpoint", Checkpoint);
        audit.MapGet("/proof/inclusion", Inclusion);
        audit.MapGet("/proof/consistency", Consistency);
    }

    private static async Task<IResult> Checkpoint(NpgsqlDataSource database, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        var (last, _) = await LogTables.LastCheckpoint(connection, ct);
        return last is null ? NothingSigned() : Results.Bytes(last.Line(), "application/json");
    }

    private static async Task<IResult> Inclusion(Guid fact, NpgsqlDataSource database, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        var (last, _) = await LogTables.LastCheckpoint(connection, ct);
        if (last is null) return NothingSigned();
        await using var find = new NpgsqlCommand("select idx, leaf from audit.log where fact_id = $1 and idx < $2", connection)
        {
            Parameters = { new() { Value = fact }, new() { Value = last.Size } },
        };
        long index;
        byte[] leaf;
        await using (var reader = await find.ExecuteReaderAsync(ct))
        {
            if (!await reader.ReadAsync(ct)) return Results.Problem($"Fact {fact} is not in the signed log.", statusCode: StatusCodes.Status404NotFound);
            (index, leaf) = (reader.GetInt64(0), reader.GetFieldValue<byte[]>(1));
        }

        return Results.Ok(new
        {
            index,
            leaf = Convert.ToHexStringLower(leaf),
            size = last.Size,
            root = Convert.ToHexStringLower(last.Root),
            path = await Path(connection, MerkleProof.Inclusion(index, last.Size), ct),
        });
    }

    private static async Task<IResult> Consistency(long from, long? to, NpgsqlDataSource database, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        var (last, _) = await LogTables.LastCheckpoint(connection, ct);
        if (last is null) return NothingSigned();
        var younger = to ?? last.Size;
        if (from < 1 || from > younger || younger > last.Size)
            return Results.Problem($"from and to must be 1 ≤ from ≤ to ≤ {last.Size}.", statusCode: StatusCodes.Status400BadRequest);
        return Results.Ok(new { from, to = younger, path = await Path(connection, MerkleProof.Consistency(from, younger), ct) });
    }

    private static async Task<List<string>> Path(NpgsqlConnection connection, IReadOnlyList<LeafRange> ranges, CancellationToken ct)
    {
        var tree = new TreeReader(connection);
        var path = new List<string>(ranges.Count);
        foreach (var range in ranges) path.Add(Convert.ToHexStringLower(await tree.Hash(range, ct)));
        return path;
    }

    private static IResult NothingSigned() => Results.Problem("Nothing has been signed yet.", statusCode: StatusCodes.Status404NotFound);
}
