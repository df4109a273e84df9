using Health.CardBridge.Settlements;

namespace Health.CardBridge.Doors;

/// <summary>A visit as desks and operators see it; it names no person. <c>Debit</c> is the last debit that was reserved.</summary>
public sealed record VisitView(
    string VisitTx, string InstitutionCode, string DeskId, string VisitNumber, string State, string? Reason, string? EncounterId, DateTimeOffset ChangedAt,
    long? TotalFen, long? FundFen, long? AccountFen, long? SelfFen, DateTimeOffset? ExpiresAt, DebitView? Debit, string? SettlementId, Receipt? Receipt,
    IReadOnlyList<LegView> Tenders, string? RedReceiptNumber, int? Stars)
{
    public static VisitView Of(SettlementState state, Receipt? receipt)
    {
        var (request, split) = (state.Request!, state.Settled ?? state.Quote);
        return new VisitView(
            request.VisitTx, request.InstitutionCode, request.DeskId, request.VisitNumber, state.Stage.Text(), state.Reason, state.Registration?.EncounterId, state.ChangedAt,
            split?.Total.Value, split?.Fund.Value, split?.Account.Value, split?.Self.Value, state.Quote is null ? null : state.ExpiresAt,
            state.Debit is { } debit ? new DebitView(debit.ChipSerial, debit.AmountFen, debit.TerminalNo, debit.TermSeq, debit.CardSeq, debit.LocalTime, state.IsCharged) : null,
            state.SettlementId, receipt, LegView.Of(state), state.RedReceiptNumber, state.Stars);
    }
}

public sealed record DebitView(string ChipSerial, long AmountFen, string TerminalNo, long TermSeq, int CardSeq, string LocalTime, bool Charged);

/// <summary>A leg of the payment. <paramref name="State"/>: planned, requested, unknown, collected, refund-due, refund-unknown, refund-held, refunded.</summary>
public sealed record LegView(string Leg, string Kind, long AmountFen, string State, string? OrderNo, string? Reason)
{
    public static IReadOnlyList<LegView> Of(SettlementState state) => [.. state.Legs.Select(leg => new LegView(leg.Id, leg.Kind.Text(), leg.AmountFen, leg.State.Text(), leg.OrderNo, leg.Reason))];
}
