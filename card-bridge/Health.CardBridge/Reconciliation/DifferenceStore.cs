using System.Security.Cryptography;
using System.Text;
using Health.CardBridge.Log;
using Health.Contracts;
using Npgsql;
using NpgsqlTypes;

namespace Health.CardBridge.Reconciliation;

/// <summary>A difference with what became of it.</summary>
public sealed record DifferenceRow(Difference Difference, DateTimeOffset FoundAt, string? Rule, string? ResolvedBy, string? Reason, DateTimeOffset? ResolvedAt)
{
    public bool IsOpen => ResolvedAt is null;
}

/// <summary>Differences of days: found by comparison, resolved by rules or persons. The same difference keeps its id, so a resolution survives a new comparison.</summary>
public sealed class DifferenceStore(NpgsqlDataSource database, TimeProvider clock)
{
    private const string Columns = "difference_id, institution_code, business_day, party, kind, reference, ours_fen, theirs_fen, detail, visit_tx, found_at, rule, resolved_by, reason, resolved_at";

    /// <summary>Terminal sequences that leave a number out, and TACs that stand twice: invariants of the day, told like other differences.</summary>
    private const string Broken = """
        select 'sequence-gap', g.terminal_no || '|' || (g.before + 1) || '-' || (g.term_seq - 1), null::bigint, 'the terminal left out ' || (g.term_seq - 1 - g.before) || ' numbers'
        from (select distinct u.terminal_no, u.term_seq,
                  greatest((select max(q.term_seq) from cards.purse_transaction q where q.terminal_no = u.terminal_no and q.term_seq < u.term_seq),
                           (select max(q.term_seq) from cards.ledger q where q.party = 'city-card' and q.terminal_no = u.terminal_no and q.term_seq < u.term_seq)) as before
              from (select l.terminal_no, l.term_seq from cards.ledger l where l.institution_code = $1 and l.business_day = $2 and l.party = 'city-card' and l.term_seq is not null) u) g
        where g.before is not null and g.term_seq > g.before + 1
        union all
        select 'tac-repeated', l.party_reference || '|' || l.tac, l.amount_fen, 'the same TAC of the same chip and sequence stands under another entry'
        from cards.ledger l where l.institution_code = $1 and l.business_day = $2 and l.party = 'city-card' and l.kind = 'charge' and l.tac is not null
          and exists (select 1 from cards.ledger o where o.party = 'city-card' and o.kind = 'charge' and o.tac = l.tac and o.entry_key <> l.entry_key
                      and split_part(o.party_reference, '|', 1) = split_part(l.party_reference, '|', 1) and split_part(o.party_reference, '|', 2) = split_part(l.party_reference, '|', 2))
        """;

    public static Guid IdOf(string institutionCode, DateOnly day, string party, string kind, string reference, long? ours, long? theirs, int copy) =>
        new(SHA256.HashData(Encoding.UTF8.GetBytes($"{institutionCode}\n{day:yyyy-MM-dd}\n{party}\n{kind}\n{reference}\n{ours}\n{theirs}\n{copy}"))[..16]);

    /// <summary>The differences of a comparison with their ids; two that are alike in everything are told apart by their place.</summary>
    public static List<Difference> Of(string institutionCode, DateOnly day, IEnumerable<(string Party, Match Match)> matches)
    {
        Dictionary<Guid, int> copies = [];
        List<Difference> found = [];
        foreach (var (party, match) in matches)
        {
            var kind = DifferenceKinds.TextOf(match.Kind);
            var first = IdOf(institutionCode, day, party, kind, match.Reference, match.Ours?.AmountFen, match.Theirs?.AmountFen, 0);
            var copy = copies[first] = copies.GetValueOrDefault(first, -1) + 1;
            var id = copy == 0 ? first : IdOf(institutionCode, day, party, kind, match.Reference, match.Ours?.AmountFen, match.Theirs?.AmountFen, copy);
            found.Add(new Difference(id, institutionCode, day, party, kind, match.Reference, match.Ours?.AmountFen, match.Theirs?.AmountFen, null, match.Ours?.VisitTx) { Tac = match.Theirs?.Tac });
        }
        return found;
    }

    /// <summary>What breaks an invariant of the terminals on that day.</summary>
    public async Task<List<Difference>> BrokenInvariants(string institutionCode, DateOnly day, CancellationToken ct)
    {
        await using var command = database.CreateCommand(Broken);
        command.Parameters.Add(new() { Value = institutionCode });
        command.Parameters.Add(new() { Value = day });
        await using var reader = await command.ExecuteReaderAsync(ct);
        List<Difference> found = [];
        while (await reader.ReadAsync(ct))
        {
            var (kind, reference, fen) = (reader.GetString(0), reader.GetString(1), reader.IsDBNull(2) ? (long?)null : reader.GetInt64(2));
            found.Add(new Difference(IdOf(institutionCode, day, Parties.CityCard, kind, reference, fen, null, 0), institutionCode, day, Parties.CityCard, kind, reference, fen, null, reader.GetString(3), null));
        }
        return found;
    }

    /// <summary>Makes the table say what was found now: what is gone is taken out unless it was resolved, what is new comes in by COPY.</summary>
    /// <returns>All of the day, those that came late included.</returns>
    public async Task<IReadOnlyList<DifferenceRow>> Replace(string institutionCode, DateOnly day, IReadOnlyList<Difference> found, CancellationToken ct)
    {
        var known = (await OfDay(institutionCode, day, ct)).ToDictionary(row => row.Difference.Id);
        var wanted = found.Select(difference => difference.Id).ToHashSet();
        var gone = known.Values.Where(row => row.IsOpen && row.Difference.Kind != Difference.LateLine && !wanted.Contains(row.Difference.Id)).Select(row => row.Difference.Id).ToArray();
        var fresh = found.Where(difference => !known.ContainsKey(difference.Id)).ToList();
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        if (gone.Length > 0)
        {
            await using var delete = new NpgsqlCommand("delete from cards.difference where difference_id = any($1) and resolved_at is null", connection) { Parameters = { new() { Value = gone } } };
            await delete.ExecuteNonQueryAsync(ct);
        }
        if (fresh.Count > 0) await Copy(connection, fresh, clock.GetUtcNow().UtcDateTime, ct);
        await transaction.CommitAsync(ct);
        return await OfDay(institutionCode, day, ct);
    }

    public Task<IReadOnlyList<DifferenceRow>> OfDay(string institutionCode, DateOnly day, CancellationToken ct) =>
        Query($"select {Columns} from cards.difference where institution_code = $1 and business_day = $2 order by party, reference", ct, institutionCode, day);

    /// <summary>The work list of reconciliation: what is open, oldest first.</summary>
    public Task<IReadOnlyList<DifferenceRow>> Open(string? institutionCode, int limit, CancellationToken ct) =>
        Query($"select {Columns} from cards.difference where resolved_at is null and ($1::text is null or institution_code = $1) order by business_day, institution_code, party, reference limit $2", ct,
            new NpgsqlParameter { Value = (object?)institutionCode ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text }, limit);

    public async Task<DifferenceRow?> Find(Guid id, CancellationToken ct) => (await Query($"select {Columns} from cards.difference where difference_id = $1", ct, id)) is [var row] ? row : null;

    public static SqlStatement Resolve(DifferenceResolved fact) => new(
        "update cards.difference set rule = $2, resolved_by = $3, reason = $4, resolved_at = $5 where difference_id = $1",
        [fact.DifferenceId, new NpgsqlParameter { Value = (object?)fact.Rule ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text }, fact.By, fact.Reason, fact.At.ToUniversalTime()]);

    private static async Task Copy(NpgsqlConnection connection, List<Difference> fresh, DateTime now, CancellationToken ct)
    {
        await using var copy = await connection.BeginBinaryImportAsync(
            "copy cards.difference (difference_id, institution_code, business_day, party, kind, reference, ours_fen, theirs_fen, detail, visit_tx, found_at) from stdin (format binary)", ct);
        foreach (var d in fresh)
            await copy.WriteRowAsync(ct, d.Id, d.InstitutionCode, d.Day, d.Party, d.Kind, d.Reference, d.OursFen ?? (object)DBNull.Value, d.TheirsFen ?? (object)DBNull.Value, d.Detail ?? (object)DBNull.Value, d.VisitTx ?? (object)DBNull.Value, now);
        await copy.CompleteAsync(ct);
    }

    private async Task<IReadOnlyList<DifferenceRow>> Query(string sql, CancellationToken ct, params object[] values)
    {
        await using var command = database.CreateCommand(sql);
        foreach (var value in values) command.Parameters.Add(value as NpgsqlParameter ?? new NpgsqlParameter { Value = value });
        await using var reader = await command.ExecuteReaderAsync(ct);
        List<DifferenceRow> rows = [];
        string? Text(int i) => reader.IsDBNull(i) ? null : reader.GetString(i);
        long? Number(int i) => reader.IsDBNull(i) ? null : reader.GetInt64(i);
        while (await reader.ReadAsync(ct))
        {
            var difference = new Difference(reader.GetGuid(0), reader.GetString(1), reader.GetFieldValue<DateOnly>(2), reader.GetString(3), reader.GetString(4), reader.GetString(5), Number(6), Number(7), Text(8), Text(9));
            rows.Add(new DifferenceRow(difference, reader.GetFieldValue<DateTimeOffset>(10), Text(11), Text(12), Text(13), reader.IsDBNull(14) ? null : reader.GetFieldValue<DateTimeOffset>(14)));
        }
        return rows;
    }
}
