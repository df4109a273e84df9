using Health.CardBridge.Settlements;
using Health.Contracts;
using Npgsql;
using NpgsqlTypes;

namespace Health.CardBridge.Offline;

/// <summary>The rows that follow from facts of an offline visit; written in the same transaction.</summary>
public static class OfflineRows
{
    /// <param name="desk">The desk whose journal told it.</param>
    /// <param name="now">Day of the ledger is the day it was taken: the day it happened may be sealed.</param>
    public static IEnumerable<SqlStatement> Of(string visitTx, IOfflineFact fact, OfflineVisitState after, DeskJournal desk, DateTimeOffset now) => fact switch
    {
        OfflineVisitRegistered e => [Visit(e)],
        OfflineDebitIntended e => [Reserve(visitTx, e), State(visitTx, "paying", now, e.TotalFen)],
        OfflineDebitDecided { Outcome: OfflineDebitDecided.NotCharged } e => [Decide(after.Debits[e.Key].Debit, e), Gone(e), State(visitTx, "not-paid", now)],
        OfflineDebitDecided e => [Decide(after.Debits[e.Key].Debit, e), Ledger(visitTx, after.Debits[e.Key].Debit, e, desk, now), State(visitTx, e.Outcome == OfflineDebitDecided.Charged ? "paid" : "unknown", now)],
        _ => [],
    };

    public static SqlStatement Exception(string kind, string visitTx, string institutionCode, string detail, long seq, string deskId, DateTimeOffset now) => new(
        "insert into cards.exception (exception_id, visit_tx, institution_code, kind, detail, found_at) values ($1, $2, $3, $4, $5, $6) on conflict (exception_id) do nothing",
        [Log.OutboxMessage.IdOf(kind, deskId, seq.ToString(System.Globalization.CultureInfo.InvariantCulture)), visitTx, institutionCode, kind, detail, now]);

    private static SqlStatement Visit(OfflineVisitRegistered e) => new(
        """
        insert into cards.offline_visit (visit_tx, institution_code, desk_id, visit_number, resident_id, card_id, state, registered_at, changed_at)
        values ($1, $2, $3, $4, $5, $6, 'registered', $7, $8)
        """,
        [e.VisitTx, e.InstitutionCode, e.DeskId, e.VisitNumber, Text(e.ResidentId), e.CardId, e.At.ToUniversalTime(), e.TakenAt.ToUniversalTime()]);

    private static SqlStatement State(string visitTx, string state, DateTimeOffset now, long? totalFen = null) => new(
        "update cards.offline_visit set state = $2, changed_at = $3, total_fen = coalesce($4, total_fen) where visit_tx = $1",
        [visitTx, state, now, new NpgsqlParameter { Value = (object?)totalFen ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bigint }]);

    private static SqlStatement Reserve(string visitTx, OfflineDebitIntended e) => new(
        "insert into cards.purse_transaction (chip_serial, card_seq, terminal_no, term_seq, visit_tx, amount_fen, state, made_at) values ($1, $2, $3, $4, $5, $6, 'reserved', $7)",
        [e.Debit.ChipSerial, e.Debit.CardSeq, e.Debit.TerminalNo, e.Debit.TermSeq, visitTx, e.Debit.AmountFen, e.At.ToUniversalTime()]);

    private static SqlStatement Decide(PurseDebit debit, OfflineDebitDecided e) => new(
        "update cards.purse_transaction set state = $5, tac = $6 where (chip_serial, card_seq, terminal_no, term_seq) = ($1, $2, $3, $4)",
        [debit.ChipSerial, debit.CardSeq, debit.TerminalNo, debit.TermSeq, e.Outcome, Text(e.Tac)]);

    private static SqlStatement Ledger(string visitTx, PurseDebit debit, OfflineDebitDecided e, DeskJournal desk, DateTimeOffset now) => new(
        """
        insert into cards.ledger (entry_key, visit_tx, institution_code, desk_id, business_day, party, kind, party_reference, amount_fen, terminal_no, term_seq, tac, state, made_at)
        values ($1, $2, $3, $4, $5, 'city-card', 'charge', $6, $7, $8, $9, $10, $11, $12)
        on conflict (entry_key) do update set state = excluded.state, tac = coalesce(excluded.tac, ledger.tac)
        """,
        [
            KeyOf(e.Key), visitTx, desk.InstitutionCode, desk.DeskId, ChinaTime.DayOf(now), e.Key, debit.AmountFen, debit.TerminalNo, debit.TermSeq, Text(e.Tac),
            e.Outcome == OfflineDebitDecided.Charged ? "decided" : "unknown", now,
        ]);

    private static SqlStatement Gone(OfflineDebitDecided e) => new("delete from cards.ledger where entry_key = $1 and state = 'unknown'", [KeyOf(e.Key)]);

    private static string KeyOf(string purseTransaction) => $"city-card|{purseTransaction}";

    private static NpgsqlParameter Text(string? value) => new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text };
}
