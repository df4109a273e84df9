using System.Globalization;
using System.Text;
using Health.Cards;
using Npgsql;
using NpgsqlTypes;

namespace Health.CardBridge.Reconciliation;

/// <summary>A statement of one institution's day as it was taken.</summary>
public sealed record TakenStatement(string InstitutionCode, string Party, string Form, int LineCount, long SumFen, string Sm3);

/// <summary>
/// Keeps the statements of the other parties: lines by COPY, replaced as a whole when a statement comes again, never for a day that is closed. A line
/// that is new for a closed day becomes a difference of the clinic's next open day.
/// </summary>
public sealed class StatementStore(NpgsqlDataSource database, TimeProvider clock)
{
    private const string Place = """
        update incoming i set institution_code = coalesce(
            i.institution_code,
            (select l.institution_code from cards.ledger l where l.party = $1 and l.party_reference = i.reference limit 1),
            (select l.institution_code from cards.ledger l where i.original is not null and l.party = $1 and l.party_reference = i.original limit 1),
            (select v.institution_code from cards.tender_order o join cards.visit v using (visit_tx) where o.order_no = coalesce(i.original, i.reference)),
            (select v.institution_code from cards.purse_transaction p join cards.visit v using (visit_tx) where p.terminal_no = i.terminal_no order by p.term_seq desc limit 1),
            '-')
        """;

    private const string Take = """
        with open_lines as (select * from incoming i where not cards.is_closed(i.institution_code, $2))
        insert into cards.statement_line (institution_code, business_day, party, line_no, reference, kind, amount_fen, tac, state)
        select institution_code, $2, $1, line_no, reference, kind, amount_fen, tac, state from open_lines
        """;

    private const string Late = """
        insert into cards.difference (difference_id, institution_code, business_day, party, kind, reference, theirs_fen, detail, found_at)
        select md5('late-line|' || i.institution_code || '|' || $2::date::text || '|' || $1 || '|' || i.reference || '|' || i.kind || '|' || i.amount_fen)::uuid, i.institution_code,
               (select min(d)::date from generate_series($2::date + 1, $2::date + 400, interval '1 day') d where not cards.is_closed(i.institution_code, d::date)),
               $1, 'late-line', i.reference, i.amount_fen, 'came after the seal of ' || $2::date::text, $3
        from incoming i
        where cards.is_closed(i.institution_code, $2)
          and not exists (select 1 from cards.statement_line s where s.business_day = $2 and s.institution_code = i.institution_code and s.party = $1
                          and s.reference = i.reference and s.kind = i.kind and s.amount_fen = i.amount_fen)
        on conflict (difference_id) do nothing
        """;

    /// <summary>Takes a statement of one institution, or (null) of the whole city, whose lines are given to the clinic whose entry or terminal they name.</summary>
    /// <returns>What each institution has now. One that is closed, or whose statement is as before, keeps it.</returns>
    public async Task<IReadOnlyList<TakenStatement>> TakeLines(DateOnly day, string party, string? institutionCode, IReadOnlyList<StatementLine> lines, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        // Two who take the same party's statement at once would write the same lines.
        await Execute(connection, "select pg_advisory_xact_lock(hashtextextended('cards.statement|' || $1 || '|' || $2::date::text, 0))", ct, party, day);
        await Execute(connection, "create temporary table incoming (line_no integer, institution_code text, reference text, kind text, amount_fen bigint, tac text, state text, terminal_no text, original text) on commit drop", ct);
        await Copy(connection, institutionCode, lines, ct);
        await Execute(connection, Place, ct, party);
        await Execute(connection, "create index on incoming (institution_code); analyze incoming", ct);
        await Execute(connection, Late, ct, party, day, clock.GetUtcNow());
        await Execute(connection, "delete from cards.statement_line s where s.business_day = $2 and s.party = $1 and ($3::text is null or s.institution_code = $3) and not cards.is_closed(s.institution_code, $2)", ct,
            party, day, Text(institutionCode));
        await Execute(connection, Take, ct, party, day);
        var taken = await Summaries(connection, day, party, institutionCode, ct);
        taken.AddRange(from institution in await Silent(connection, day, party, institutionCode, ct) select new TakenStatement(institution, party, "lines", 0, 0, Sm3.Hex([])));
        foreach (var statement in taken) await Keep(connection, statement, day, ct);
        await transaction.CommitAsync(ct);
        return taken;
    }

    /// <summary>The other party agreed to our totals.</summary>
    public async Task<TakenStatement> TakeTotals(DateOnly day, string party, string institutionCode, long sumFen, string totals, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await Execute(connection, "delete from cards.statement_line where business_day = $1 and institution_code = $2 and party = $3", ct, day, institutionCode, party);
        var taken = new TakenStatement(institutionCode, party, "totals", 0, sumFen, Sm3.Hex(Encoding.UTF8.GetBytes(totals)));
        await Keep(connection, taken, day, ct);
        await transaction.CommitAsync(ct);
        return taken;
    }

    private static async Task Copy(NpgsqlConnection connection, string? institutionCode, IReadOnlyList<StatementLine> lines, CancellationToken ct)
    {
        await using var copy = await connection.BeginBinaryImportAsync("copy incoming (line_no, institution_code, reference, kind, amount_fen, tac, state, terminal_no, original) from stdin (format binary)", ct);
        for (var i = 0; i < lines.Count; i++)
        {
            var (line, terminal, original) = lines[i];
            await copy.StartRowAsync(ct);
            await copy.WriteAsync(i + 1, NpgsqlDbType.Integer, ct);
            foreach (var text in new[] { institutionCode, line.Reference, line.Kind })
                if (text is null) await copy.WriteNullAsync(ct);
                else await copy.WriteAsync(text, NpgsqlDbType.Text, ct);
            await copy.WriteAsync(line.AmountFen, NpgsqlDbType.Bigint, ct);
            foreach (var text in new[] { line.Tac, line.IsDecided ? null : line.State, terminal, original })
                if (text is null) await copy.WriteNullAsync(ct);
                else await copy.WriteAsync(text, NpgsqlDbType.Text, ct);
        }
        await copy.CompleteAsync(ct);
    }

    // The digest is over the lines as kept, so that the same statement sent again is recognised.
    private static async Task<List<TakenStatement>> Summaries(NpgsqlConnection connection, DateOnly day, string party, string? institutionCode, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            """
            select institution_code, reference, kind, amount_fen, coalesce(state, '') from cards.statement_line
            where business_day = $1 and party = $2 and ($3::text is null or institution_code = $3) and not cards.is_closed(institution_code, $1)
            order by institution_code collate "C", reference collate "C", kind collate "C", amount_fen
            """, connection);
        command.Parameters.Add(new() { Value = day });
        command.Parameters.Add(new() { Value = party });
        command.Parameters.Add(Text(institutionCode));
        await using var reader = await command.ExecuteReaderAsync(ct);
        List<TakenStatement> found = [];
        var sum = new Sm3();
        string? current = null;
        var (count, fen) = (0, 0L);
        void End()
        {
            if (current is not null) found.Add(new TakenStatement(current, party, "lines", count, fen, Convert.ToHexString(sum.Finish())));
            (count, fen) = (0, 0);
        }
        while (await reader.ReadAsync(ct))
        {
            var institution = reader.GetString(0);
            if (institution != current) End();
            current = institution;
            count++;
            fen += reader.GetInt64(3);
            sum.Add(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{reader.GetString(1)}|{reader.GetString(2)}|{reader.GetInt64(3)}|{reader.GetString(4)}\n")));
        }
        End();
        return found;
    }

    // A statement without a line is a statement too: of the institution it came from, and of every clinic that a file of the city could have named.
    private static async Task<List<string>> Silent(NpgsqlConnection connection, DateOnly day, string party, string? institutionCode, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            """
            select institution_code from (
                select $3::text as institution_code where $3::text is not null
                union select institution_code from cards.ledger where $3::text is null and business_day = $1 and party = $2
                union select institution_code from cards.statement where $3::text is null and business_day = $1 and party = $2) known
            where not cards.is_closed(institution_code, $1)
              and not exists (select 1 from cards.statement_line s where s.business_day = $1 and s.institution_code = known.institution_code and s.party = $2)
            """, connection);
        command.Parameters.Add(new() { Value = day });
        command.Parameters.Add(new() { Value = party });
        command.Parameters.Add(Text(institutionCode));
        await using var reader = await command.ExecuteReaderAsync(ct);
        List<string> found = [];
        while (await reader.ReadAsync(ct)) found.Add(reader.GetString(0));
        return found;
    }

    private async Task Keep(NpgsqlConnection connection, TakenStatement statement, DateOnly day, CancellationToken ct) =>
        await Execute(connection,
            """
            insert into cards.statement (business_day, institution_code, party, form, line_count, sum_fen, sm3, collected_at) values ($1, $2, $3, $4, $5, $6, $7, $8)
            on conflict (business_day, institution_code, party) do update set form = $4, line_count = $5, sum_fen = $6, sm3 = $7, collected_at = $8
            where (statement.form, statement.line_count, statement.sum_fen, statement.sm3) is distinct from ($4, $5, $6, $7)
            """, ct, day, statement.InstitutionCode, statement.Party, statement.Form, statement.LineCount, statement.SumFen, statement.Sm3, clock.GetUtcNow());

    private static NpgsqlParameter Text(string? value) => new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text };

    private static async Task Execute(NpgsqlConnection connection, string sql, CancellationToken ct, params object[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 300 };
        foreach (var value in values) command.Parameters.Add(value as NpgsqlParameter ?? new NpgsqlParameter { Value = value });
        await command.ExecuteNonQueryAsync(ct);
    }
}
