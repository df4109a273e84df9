using Health.Contracts;
using Npgsql;
using NpgsqlTypes;

namespace Health.CardBridge.Settlements;

/// <summary>An institution's own code and its code in the national catalogue, valid from day to day; without an end until further notice.</summary>
public sealed record CatalogueEntry(string LocalCode, string NationalCode, string Name, DateOnly ValidFrom, DateOnly? ValidTo);

/// <summary>The mappings of fee codes to the national catalogue, per institution (card domain §1.7: an unmapped line blocks visibly).</summary>
public sealed class FeeCatalogue(NpgsqlDataSource database)
{
    /// <summary>The lines under their national codes as of a day; refused with the place of every line that has none.</summary>
    public async Task<(IReadOnlyList<FeeLine> Lines, Refusal? Refusal)> Map(string institutionCode, IReadOnlyList<FeeLine> lines, DateOnly day, CancellationToken ct)
    {
        if (lines.All(line => FeeLine.IsNational(line.Code))) return (lines, null);
        var known = await Find(institutionCode, [.. lines.Where(line => !FeeLine.IsNational(line.Code)).Select(line => line.Code).Distinct()], day, ct);
        List<FeeLine> mapped = [];
        List<string> places = [], codes = [];
        for (var i = 0; i < lines.Count; i++)
        {
            if (FeeLine.IsNational(lines[i].Code)) mapped.Add(lines[i]);
            else if (known.TryGetValue(lines[i].Code, out var national)) mapped.Add(lines[i] with { Code = national, LocalCode = lines[i].Code });
            else
            {
                places.Add($"feeLines[{i}].code");
                codes.Add(lines[i].Code);
            }
        }
        return places.Count == 0
            ? (mapped, null)
            : ([], Refusal.Unprocessable($"目录未对照: these codes have no mapping to the national catalogue: {string.Join(", ", codes)}.", string.Join(", ", places)));
    }

    /// <summary>Replaces all mappings of an institution, in one transaction.</summary>
    public async Task Replace(string institutionCode, IReadOnlyList<CatalogueEntry> entries, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using (var delete = new NpgsqlCommand("delete from cards.fee_catalogue where institution_code = $1", connection, transaction) { Parameters = { new() { Value = institutionCode } } })
            await delete.ExecuteNonQueryAsync(ct);
        await using (var insert = new NpgsqlCommand("insert into cards.fee_catalogue (institution_code, local_code, national_code, name, valid_from, valid_to) select $1, * from unnest($2, $3, $4, $5, $6)", connection, transaction))
        {
            insert.Parameters.Add(new() { Value = institutionCode });
            insert.Parameters.Add(new() { Value = entries.Select(entry => entry.LocalCode).ToArray() });
            insert.Parameters.Add(new() { Value = entries.Select(entry => entry.NationalCode).ToArray() });
            insert.Parameters.Add(new() { Value = entries.Select(entry => entry.Name).ToArray() });
            insert.Parameters.Add(new() { Value = entries.Select(entry => entry.ValidFrom).ToArray() });
            insert.Parameters.Add(new() { Value = entries.Select(entry => entry.ValidTo).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Date });
            await insert.ExecuteNonQueryAsync(ct);
        }
        await transaction.CommitAsync(ct);
    }

    private async Task<Dictionary<string, string>> Find(string institutionCode, string[] codes, DateOnly day, CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            "select distinct on (local_code) local_code, national_code from cards.fee_catalogue where institution_code = $1 and local_code = any($2) and valid_from <= $3 and (valid_to is null or valid_to >= $3) order by local_code, valid_from desc");
        command.Parameters.Add(new() { Value = institutionCode });
        command.Parameters.Add(new() { Value = codes });
        command.Parameters.Add(new() { Value = day });
        await using var reader = await command.ExecuteReaderAsync(ct);
        Dictionary<string, string> found = [];
        while (await reader.ReadAsync(ct)) found[reader.GetString(0)] = reader.GetString(1);
        return found;
    }
}
