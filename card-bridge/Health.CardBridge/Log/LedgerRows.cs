using Health.CardBridge.Settlements;
using Health.Contracts;
using Npgsql;
using NpgsqlTypes;

namespace Health.CardBridge.Log;

/// <summary>
/// What the facts of a visit mean in cards.ledger: one row per amount that moved, added and never taken back; an amount of which it is not known whether
/// it moved stands there as <c>unknown</c> until that is decided. The row of one that turns out not to have moved goes.
/// </summary>
public static class LedgerRows
{
    private const string Card = "city-card", Insurer = "insurer", His = "his";

    public static IEnumerable<SqlStatement> Of(IVisitFact fact, SettlementState before, SettlementState after) => fact switch
    {
        DebitUnknown => [Purse(after, fact, "unknown")],
        PurseDebited => [Purse(after, fact, "decided")],
        DebitRefused or DebitProvedNotCharged => [Gone(Key(Card, after.Debit!.Key))],
        RefundUnknown => [PurseRefund(after, fact, "unknown")],
        RefundHeld => [Gone(Key(Card, after.RefundId!))],
        PurseRefunded => [PurseRefund(after, fact, "decided")],
        SettlementUnknown when before.Quote is { } quote => Settled(after, fact, before.SettleMsgId!, quote, "unknown"),
        SettlementReversed => [Gone(Key(Insurer, before.SettleMsgId!))],
        InsuranceSettled e => Settled(after, fact, e.SettlementId, after.Settled!, "decided"),
        SettlementCancelled when before.Settled is { } settled => Cancelled(after, fact, before.SettlementId!, settled),
        HisPosted e => [Entry(after, fact, His, e.ReceiptNumber, e.ReceiptNumber, after.Settled!.Total.Value, "decided")],
        HisReversed e => [Entry(after, fact, His, e.RedReceiptNumber, e.RedReceiptNumber, -after.Settled!.Total.Value, "decided")],
        TenderUnknown e => [Tender(after, fact, Leg(after, e.Leg), "unknown")],
        TenderCollected e => [Tender(after, fact, Leg(after, e.Leg), "decided")],
        TenderRefused e => [Gone(Key(Leg(after, e.Leg).Kind.Text(), Leg(after, e.Leg).OrderNo!))],
        TenderRefundUnknown e => [TenderRefund(after, fact, Leg(after, e.Leg), "unknown")],
        TenderRefundHeld e => [Gone(Key(Leg(after, e.Leg).Kind.Text(), Leg(after, e.Leg).RefundNo!))],
        TenderRefunded e => [TenderRefund(after, fact, Leg(after, e.Leg), "decided")],
        _ => [],
    };

    /// <summary>Key of an entry: the party, and its name for the movement.</summary>
    public static string Key(string party, string reference) => $"{party}|{reference}";

    private static SqlStatement Purse(SettlementState state, IVisitFact fact, string decided)
    {
        var debit = state.Debit!;
        return Entry(state, fact, Card, debit.Key, debit.Key, debit.AmountFen, decided, terminalNo: debit.TerminalNo, termSeq: debit.TermSeq, tac: state.Tac is { Length: > 0 } tac ? tac : null);
    }

    private static SqlStatement PurseRefund(SettlementState state, IVisitFact fact, string decided) =>
        Entry(state, fact, Card, state.RefundId!, state.RefundId!, -state.Debit!.AmountFen, decided);

    // A settlement in which the insurer pays nothing moves nothing.
    private static IEnumerable<SqlStatement> Settled(SettlementState state, IVisitFact fact, string reference, Split split, string decided)
    {
        var (fund, account) = (split.Fund.Value, split.Account.Value);
        if (fund + account > 0) yield return Entry(state, fact, Insurer, reference, reference, fund + account, decided, fund, account);
    }

    private static IEnumerable<SqlStatement> Cancelled(SettlementState state, IVisitFact fact, string settlementId, Split split)
    {
        var (fund, account) = (split.Fund.Value, split.Account.Value);
        if (fund + account > 0) yield return Entry(state, fact, Insurer, $"{settlementId}|2208", settlementId, -(fund + account), "decided", -fund, -account);
    }

    private static SqlStatement Tender(SettlementState state, IVisitFact fact, Leg leg, string decided) => Entry(state, fact, leg.Kind.Text(), leg.OrderNo!, leg.OrderNo!, leg.AmountFen, decided);

    private static SqlStatement TenderRefund(SettlementState state, IVisitFact fact, Leg leg, string decided) => Entry(state, fact, leg.Kind.Text(), leg.RefundNo!, leg.RefundNo!, -leg.AmountFen, decided);

    private static Leg Leg(SettlementState state, string id) => state.Legs.First(leg => leg.Id == id);

    /// <summary>The entry, or what is known of it by now; its day stays the one it was first written on.</summary>
    private static SqlStatement Entry(
        SettlementState state, IVisitFact fact, string party, string reference, string partyReference, long amountFen, string decided,
        long? fundFen = null, long? accountFen = null, string? terminalNo = null, long? termSeq = null, string? tac = null)
    {
        var request = state.Request!;
        return new SqlStatement(
            """
            insert into cards.ledger (entry_key, visit_tx, institution_code, desk_id, cashier, business_day, party, kind, party_reference, amount_fen, fund_fen, account_fen, terminal_no, term_seq, tac, state, made_at)
            values ($1, $2, $3, $4, (select cashier from cards.visit where visit_tx = $2), $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
            on conflict (entry_key) do update set state = excluded.state, tac = coalesce(excluded.tac, ledger.tac)
            """,
            [
                Key(party, reference), request.VisitTx, request.InstitutionCode, request.DeskId, ChinaTime.DayOf(fact.At), party, amountFen > 0 ? "charge" : "refund", partyReference, amountFen,
                Or(fundFen, NpgsqlDbType.Bigint), Or(accountFen, NpgsqlDbType.Bigint), Or(terminalNo, NpgsqlDbType.Text), Or(termSeq, NpgsqlDbType.Bigint), Or(tac, NpgsqlDbType.Text),
                decided, fact.At.ToUniversalTime(),
            ]);
    }

    private static SqlStatement Gone(string key) => new("delete from cards.ledger where entry_key = $1 and state = 'unknown'", [key]);

    private static NpgsqlParameter Or(object? value, NpgsqlDbType type) => new() { Value = value ?? DBNull.Value, NpgsqlDbType = type };
}
