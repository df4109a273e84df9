using Npgsql;

namespace Health.CardBridge.Reconciliation;

/// <summary>Both sides of one institution's day, each party's lines in the order of the matcher.</summary>
public sealed record BothSides(ILookup<string, PartyLine> Ours, ILookup<string, PartyLine> Theirs, IReadOnlyDictionary<string, string> Forms, Obstacles Now);

/// <summary>Reads a day's ledgers. All of it in one snapshot.</summary>
public sealed class DayLedgers(NpgsqlDataSource database)
{
    // What a cashier's counted cash is compared with is the cash of the entries of that shift; entries without a shift stand by their desk.
    private const string Ours = """
        select * from (
        select party, party_reference as reference, kind, amount_fen, state, tac, visit_tx from cards.ledger
        where institution_code = $1 and business_day = $2 and party <> 'cash'
        union all
        select 'cash', coalesce(shift_id, 'open|' || desk_id), case when sum(amount_fen) < 0 then 'refund' else 'charge' end, sum(amount_fen)::bigint, min(state), null, null
        from cards.ledger where institution_code = $1 and business_day = $2 and party = 'cash' group by 2 having sum(amount_fen) <> 0) ours
        order by reference collate "C", kind collate "C"
        """;

    private const string Theirs = """
        select * from (
        select party, reference, kind, amount_fen, coalesce(state, 'decided'), tac, null from cards.statement_line where business_day = $2 and institution_code = $1
        union all
        select 'cash', shift_id, case when cash_counted_fen < 0 then 'refund' else 'charge' end, cash_counted_fen, 'decided', null, null
        from cards.shift where institution_code = $1 and business_day = $2 and cash_counted_fen <> 0) theirs
        order by reference collate "C", kind collate "C"
        """;

    private const string Forms = "select party, form from cards.statement where business_day = $2 and institution_code = $1";

    private const string Now = """
        select cards.ledger_digest($1, $2), count(*) filter (where state = 'unknown'), count(*) filter (where cashier is not null and shift_id is null)
        from cards.ledger where institution_code = $1 and business_day = $2
        """;

    public async Task<BothSides> Read(string institutionCode, DateOnly day, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var snapshot = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, ct);
        var ours = await Lines(connection, Ours, institutionCode, day, ct);
        var theirs = await Lines(connection, Theirs, institutionCode, day, ct);
        Dictionary<string, string> forms = [];
        await using (var command = Command(connection, Forms, institutionCode, day))
        await using (var reader = await command.ExecuteReaderAsync(ct))
            while (await reader.ReadAsync(ct))
                forms[reader.GetString(0)] = reader.GetString(1);
        return new BothSides(ours, theirs, forms, await ReadNow(connection, institutionCode, day, ct));
    }

    /// <summary>Institutions with entries, statements or shifts on a day.</summary>
    public async Task<IReadOnlyList<string>> Institutions(DateOnly day, CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            """
            select institution_code from cards.ledger where business_day = $1
            union select institution_code from cards.statement where business_day = $1
            union select institution_code from cards.difference where business_day = $1
            order by 1
            """);
        command.Parameters.Add(new() { Value = day });
        await using var reader = await command.ExecuteReaderAsync(ct);
        List<string> found = [];
        while (await reader.ReadAsync(ct)) found.Add(reader.GetString(0));
        return found;
    }

    private static async Task<Obstacles> ReadNow(NpgsqlConnection connection, string institutionCode, DateOnly day, CancellationToken ct)
    {
        await using var command = Command(connection, Now, institutionCode, day);
        await using var reader = await command.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        return new Obstacles(reader.GetString(0), reader.GetInt64(1), reader.GetInt64(2));
    }

    private static async Task<ILookup<string, PartyLine>> Lines(NpgsqlConnection connection, string sql, string institutionCode, DateOnly day, CancellationToken ct)
    {
        await using var command = Command(connection, sql, institutionCode, day);
        await using var reader = await command.ExecuteReaderAsync(ct);
        List<(string Party, PartyLine Line)> lines = [];
        while (await reader.ReadAsync(ct))
        {
            var line = new PartyLine(reader.GetString(1), reader.GetString(2), reader.GetInt64(3), reader.GetString(4))
            {
                Tac = reader.IsDBNull(5) ? null : reader.GetString(5), VisitTx = reader.IsDBNull(6) ? null : reader.GetString(6),
            };
            lines.Add((reader.GetString(0), line));
        }
        return lines.ToLookup(line => line.Party, line => line.Line);
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, string institutionCode, DateOnly day) =>
        new(sql, connection) { Parameters = { new() { Value = institutionCode }, new() { Value = day } } };
}
