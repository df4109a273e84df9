using System.Data;
using Npgsql;

namespace Health.Fhir.Search.Rebuild;

/// <summary>
/// The order-free digest of the index at a sequence: per table the sum of the 64-bit hashes of its rows. A row is what it says (resource,
/// parameter, values, from when to when), not where it lies; a row that was superseded after the sequence counts as current.
/// </summary>
public static class IndexDigest
{
    public static async Task<(IReadOnlyDictionary<string, decimal> First, IReadOnlyDictionary<string, decimal> Second)> Compare(
        NpgsqlDataSource database, string first, string second, long horizon, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, ct);
        // Times are hashed as text.
        await using (var zone = new NpgsqlCommand("set local timezone to 'UTC'", connection, transaction)) await zone.ExecuteNonQueryAsync(ct);
        return (await Of(connection, first, horizon, ct), await Of(connection, second, horizon, ct));
    }

    private static async Task<Dictionary<string, decimal>> Of(NpgsqlConnection connection, string schema, long horizon, CancellationToken ct)
    {
        Dictionary<string, decimal> digests = [];
        foreach (var table in IndexTable.All)
        {
            await using var command = new NpgsqlCommand(Sql(schema, table), connection) { CommandTimeout = 0, Parameters = { new() { Value = horizon } } };
            digests[table.Name] = (decimal)(await command.ExecuteScalarAsync(ct))!;
        }
        return digests;
    }

    private static string Sql(string schema, IndexTable table)
    {
        var own = string.Join(", ", table.Columns.Select(c => $"x.{c.Name}"));
        return $"""
            select coalesce(sum(hashtextextended(concat_ws('|', r.type, r.id, k.type, k.param, {own}, x.from_seq, x.to_seq), 0)), 0)
            from (select {table.ColumnList}, null::bigint as to_seq from {schema}.{table.Name} where from_seq <= $1
                union all
                select {table.ColumnList}, case when to_seq <= $1 then to_seq end from {schema}.{table.Name}_past where from_seq <= $1) x
            join fhir.resource r on r.rid = x.rid
            join fhir.search_key k on k.id = x.key
            """;
    }
}
