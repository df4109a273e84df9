using Npgsql;

namespace Health.CardBridge.Settlements;

/// <summary>What a person must know of: visits whose outcome is not known or whose money goes back, and findings beside them. Names no person.</summary>
public sealed class WorkList(NpgsqlDataSource database)
{
    public sealed record Item(string VisitTx, string InstitutionCode, string DeskId, string State, string? Reason, DateTimeOffset Since);

    public sealed record Finding(string VisitTx, string InstitutionCode, string Kind, string Detail, DateTimeOffset FoundAt);

    public sealed record Page(IReadOnlyList<Item> Visits, IReadOnlyList<Finding> Findings);

    private const int Limit = 500;

    public async Task<Page> Read(CancellationToken ct)
    {
        await using var visits = database.CreateCommand(
            "select visit_tx, institution_code, desk_id, stage, reason, changed_at from cards.visit where is_open and stage = any($1) order by changed_at limit $2");
        visits.Parameters.Add(new() { Value = Enum.GetValues<VisitStage>().Where(stage => stage.IsException()).Select(stage => stage.Text()).ToArray() });
        visits.Parameters.Add(new() { Value = Limit });
        List<Item> items = [];
        await using (var reader = await visits.ExecuteReaderAsync(ct))
            while (await reader.ReadAsync(ct))
                items.Add(new Item(reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.IsDBNull(4) ? null : reader.GetString(4), reader.GetFieldValue<DateTimeOffset>(5)));
        await using var findings = database.CreateCommand("select visit_tx, institution_code, kind, detail, found_at from cards.exception where settled_at is null order by found_at limit $1");
        findings.Parameters.Add(new() { Value = Limit });
        List<Finding> found = [];
        await using (var reader = await findings.ExecuteReaderAsync(ct))
            while (await reader.ReadAsync(ct))
                found.Add(new Finding(reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetFieldValue<DateTimeOffset>(4)));
        return new Page(items, found);
    }
}
