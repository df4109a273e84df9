using Health.CardBridge.Settlements;
using Health.Contracts;
using Npgsql;
using NpgsqlTypes;

namespace Health.CardBridge.Log;

/// <summary>The rows that follow from facts of a visit; written in the same transaction.</summary>
public static class VisitRows
{
    /// <param name="cashier">Who asks at the desk; null when the process manager goes on by itself.</param>
    public static IEnumerable<SqlStatement> Of(SettlementState before, IReadOnlyList<IVisitFact> facts, string? cashier)
    {
        yield return Visit(facts.Aggregate(before, (state, fact) => state.Apply(fact)), cashier);
        foreach (var fact in facts)
        {
            var after = before.Apply(fact);
            foreach (var statement in OfFact(fact, after)) yield return statement;
            foreach (var entry in LedgerRows.Of(fact, before, after)) yield return entry;
            before = after;
        }
    }

    private static SqlStatement Visit(SettlementState state, string? cashier)
    {
        var request = state.Request!;
        var split = state.Settled ?? state.Quote;
        return new SqlStatement(
            """
            insert into cards.visit (visit_tx, institution_code, desk_id, visit_number, resident_id, card_id, stage, is_open, reason, total_fen, fund_fen, account_fen, self_fen, requested_at, changed_at, cashier)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
            on conflict (visit_tx) do update set stage = $7, is_open = $8, reason = $9, total_fen = $10, fund_fen = $11, account_fen = $12, self_fen = $13, changed_at = $15, cashier = coalesce($16, visit.cashier)
            """,
            [
                request.VisitTx, request.InstitutionCode, request.DeskId, request.VisitNumber, request.ResidentId, request.CardId, state.Stage.Text(), !state.Stage.IsTerminal(),
                Text(state.Reason), Number(split?.Total), Number(split?.Fund), Number(split?.Account), Number(split?.Self), request.At.ToUniversalTime(), state.ChangedAt.ToUniversalTime(), Text(cashier),
            ]);
    }

    private static IEnumerable<SqlStatement> OfFact(IVisitFact fact, SettlementState state) => fact switch
    {
        VisitRequested e => [Message(state, e.PersonMsgId, "1101"), Message(state, e.RegisterMsgId, "2201")],
        FeesTaken e =>
        [
            Message(state, e.VisitMsgId, "2203A"), Message(state, e.FeesMsgId, "2204"), Message(state, e.PreSettleMsgId, "2206"),
            .. e.RevokeMsgId is { } revoke ? [Message(state, revoke, "2205")] : Array.Empty<SqlStatement>(),
        ],
        PreSettlementRenewed e => [Message(state, e.PreSettleMsgId, "2206")],
        SettlementRequested e => [Message(state, e.MsgId, "2207")],
        SettlementUnknown e => [Message(state, e.ReversalMsgId, "2601")],
        SettlementReversed e => [Message(state, e.PreSettleMsgId, "2206")],
        SettlementMismatched e => [Message(state, e.CancelMsgId, "2208")],
        DebitReserved e => [Reserve(state, e)],
        PurseDebited e => [Decide(state, "charged", e.Tac.Length == 0 ? null : e.Tac)],
        DebitRefused or DebitProvedNotCharged => [Decide(state, "not-charged", null)],
        DebitUnknown => [Decide(state, "unknown", null)],
        SettlementAbandoned e => [Message(state, e.CancelMsgId, "2208")],
        ReversalRequested e => [Message(state, e.CancelMsgId, "2208")],
        VisitCancelRequested e => [Message(state, e.MsgId, "2202")],
        _ => OfTender(fact, state),
    };

    private static IEnumerable<SqlStatement> OfTender(IVisitFact fact, SettlementState state) => fact switch
    {
        TenderRequested e => [Order(state, Leg(state, e.Leg), "requested", e.At)],
        TenderCollected e when Leg(state, e.Leg).Kind == TenderKind.Cash => [Order(state, Leg(state, e.Leg), "collected", e.At)],
        TenderCollected e => [Decide(Leg(state, e.Leg), "collected")],
        TenderRefused e => [Decide(Leg(state, e.Leg), "refused")],
        TenderUnknown e => [Decide(Leg(state, e.Leg), "unknown")],
        TenderRefunded e => [Decide(Leg(state, e.Leg), "refunded")],
        HisPosted e => [Receipt(state, e.ReceiptNumber, "receipt", e.At)],
        HisReversed e => [Receipt(state, e.RedReceiptNumber, "red", e.At)],
        VisitRated e => [new("insert into cards.rating (visit_tx, institution_code, stars, made_at) values ($1, $2, $3, $4)", [state.Request!.VisitTx, state.Request.InstitutionCode, e.Stars, e.At.ToUniversalTime()])],
        _ => [],
    };

    private static Leg Leg(SettlementState state, string id) => state.Legs.First(leg => leg.Id == id);

    private static SqlStatement Order(SettlementState state, Leg leg, string asked, DateTimeOffset at) => new(
        "insert into cards.tender_order (order_no, visit_tx, leg, kind, amount_fen, state, made_at) values ($1, $2, $3, $4, $5, $6, $7)",
        [leg.OrderNo!, state.Request!.VisitTx, leg.Id, leg.Kind.Text(), leg.AmountFen, asked, at.ToUniversalTime()]);

    private static SqlStatement Decide(Leg leg, string decided) => new("update cards.tender_order set state = $2 where order_no = $1", [leg.OrderNo!, decided]);

    private static SqlStatement Receipt(SettlementState state, string number, string kind, DateTimeOffset at) => new(
        "insert into cards.receipt (receipt_no, visit_tx, kind, made_at) values ($1, $2, $3, $4)", [number, state.Request!.VisitTx, kind, at.ToUniversalTime()]);

    private static SqlStatement Message(SettlementState state, string msgid, string infno) => new(
        "insert into cards.insurer_message (msgid, visit_tx, infno, made_at) values ($1, $2, $3, $4)", [msgid, state.Request!.VisitTx, infno, state.ChangedAt.ToUniversalTime()]);

    private static SqlStatement Reserve(SettlementState state, DebitReserved e) => new(
        "insert into cards.purse_transaction (chip_serial, card_seq, terminal_no, term_seq, visit_tx, amount_fen, state, made_at) values ($1, $2, $3, $4, $5, $6, 'reserved', $7)",
        [e.Debit.ChipSerial, e.Debit.CardSeq, e.Debit.TerminalNo, e.Debit.TermSeq, state.Request!.VisitTx, e.Debit.AmountFen, e.At.ToUniversalTime()]);

    private static SqlStatement Decide(SettlementState state, string decided, string? tac) => new(
        "update cards.purse_transaction set state = $5, tac = $6 where (chip_serial, card_seq, terminal_no, term_seq) = ($1, $2, $3, $4)",
        [state.Debit!.ChipSerial, state.Debit.CardSeq, state.Debit.TerminalNo, state.Debit.TermSeq, decided, Text(tac)]);

    private static NpgsqlParameter Text(string? value) => new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text };

    private static NpgsqlParameter Number(Fen? value) => new() { Value = (object?)value?.Value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bigint };
}
