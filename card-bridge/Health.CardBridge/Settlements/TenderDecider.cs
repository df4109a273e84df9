using Health.Contracts;

namespace Health.CardBridge.Settlements;

/// <summary>The legs of a payment: planned, asked for one at a time, collected, given back (card domain §5.3). Pure.</summary>
public static class TenderDecider
{
    /// <summary>Tries of one leg; each has an order number of its own.</summary>
    public const int MaxTries = 20;

    // Two digits of the order number.
    private const int MostLegs = 99;

    public static Decision Plan(PlanTenders command, SettlementState state)
    {
        if (IsPlanned(command.Wanted, state.Legs) || IsPlanned(command.Wanted, state.Legs.Where(leg => leg.State == LegState.Planned))) return Decision.Nothing;
        if (!state.Collects) return Decision.Conflict($"A visit that is {state.Stage.Text()} takes no plan of payment.");
        if (state.LegCount + command.Wanted.Count > MostLegs) return Decision.Conflict("This payment was planned too often.");
        if (command.Wanted.Count is 0 or > Tenders.MaxLegs) return Decision.Unprocessable($"1 to {Tenders.MaxLegs} tenders are needed.", "tenders");
        if (command.Wanted.Count(wanted => wanted.Kind == TenderKind.Purse) > 1) return Decision.Unprocessable("The purse pays once.", "tenders");
        if (command.Wanted.Any(wanted => wanted.Kind == TenderKind.Purse) && state.Purse is { State: not LegState.Planned }) return Decision.Unprocessable("The purse has paid its part already.", "tenders");
        for (var i = 0; i < command.Wanted.Count; i++)
            if (command.Wanted[i].AmountFen is <= 0 or > FeeLine.MaxAmountFen) return Decision.Unprocessable($"An amount is 1 to {FeeLine.MaxAmountFen} fen.", $"tenders[{i}].amountFen");
        var (left, sum) = (state.OwnShareFen - state.CollectedFen, command.Wanted.Sum(wanted => wanted.AmountFen));
        if (sum != left) return Decision.Unprocessable($"The tenders add up to {new Fen(sum)}, the share that is left to pay is {new Fen(left)}.", "tenders");
        return Decision.Of(new TendersPlanned(command.At, [.. command.Wanted.Select((wanted, index) => new PlannedTender($"{state.LegCount + index + 1}", wanted.Kind.Text(), wanted.AmountFen))]));
    }

    public static Decision Request(RequestTender command, SettlementState state)
    {
        if (state.Legs.FirstOrDefault(leg => leg.Id == command.Leg) is not { } leg) return new Decision.Refused(Refusal.NotFound("The plan has no such leg."));
        if (leg.Kind == TenderKind.Purse) return Decision.Conflict("The purse pays by intent and outcome of its debit.");
        if (leg.IsCharged || leg.IsInFlight) return Decision.Nothing;
        if (leg.State == LegState.Refunded) return Decision.Conflict("This leg was given back.");
        if (Closed(command.At, state) is { } closed) return closed;
        if (leg.Tries >= MaxTries) return Decision.Conflict("This leg was tried too often: plan another tender.");
        var orderNo = OrderNo(state, leg);
        return leg.Kind == TenderKind.Cash ? Decision.Of(new TenderCollected(command.At, leg.Id, orderNo, orderNo)) : Decision.Of(new TenderRequested(command.At, leg.Id, orderNo));
    }

    /// <summary>Why nothing can be collected now; null when it can.</summary>
    public static Decision? Closed(DateTimeOffset at, SettlementState state)
    {
        if (state.Legs.Any(leg => leg.IsInFlight)) return Decision.Conflict("Another part of this payment is under way or not known: that is decided first.");
        if (!state.Collects) return Decision.Conflict($"A visit that is {state.Stage.Text()} takes no payment.");
        if (state.Settled is not null) return null;
        if (state.InsuranceFirst) return Decision.Conflict("This institution settles with the insurance first.");
        return at >= state.ExpiresAt ? Decision.Conflict("The pre-settlement has expired: pre-settle again.") : null;
    }

    public static Decision Confirm(ConfirmTender command, SettlementState state) =>
        InFlight(command.OrderNo, state) is { } leg ? Decision.Of(new TenderCollected(command.At, leg.Id, command.OrderNo, command.Reference)) : Decision.Nothing;

    public static Decision Refuse(RefuseTender command, SettlementState state) =>
        InFlight(command.OrderNo, state) is { } leg ? Decision.Of(new TenderRefused(command.At, leg.Id, command.Reason)) : Decision.Nothing;

    public static Decision Lose(LoseTender command, SettlementState state) =>
        InFlight(command.OrderNo, state) is { State: LegState.Requested } leg ? Decision.Of(new TenderUnknown(command.At, leg.Id, command.Reason)) : Decision.Nothing;

    public static Decision Refunded(ConfirmTenderRefund command, SettlementState state) =>
        Returning(command.Leg, state) is { } leg ? Decision.Of(new TenderRefunded(command.At, leg.Id)) : Decision.Nothing;

    public static Decision LoseRefund(LoseTenderRefund command, SettlementState state) =>
        Returning(command.Leg, state) is { State: LegState.RefundDue } leg ? Decision.Of(new TenderRefundUnknown(command.At, leg.Id, command.Reason)) : Decision.Nothing;

    public static Decision RefuseRefund(RefuseTenderRefund command, SettlementState state) =>
        Returning(command.Leg, state) is { State: LegState.RefundDue or LegState.RefundUnknown } leg ? Decision.Of(new TenderRefundHeld(command.At, leg.Id, command.Reason)) : Decision.Nothing;

    public static Decision Abandon(AbandonCollection command, SettlementState state) => state.Stage switch
    {
        VisitStage.Collecting => Decision.Of([.. Refunds(command.At, state, command.Reason)]),
        VisitStage.SettledUnpaid => Decision.Of(new SettlementAbandoned(command.At, command.CancelMsgId, command.Reason)),
        _ => Decision.Nothing,
    };

    /// <summary>Everything that was collected goes back: one refund per payment, known at the other side by its number.</summary>
    public static IEnumerable<IVisitFact> Refunds(DateTimeOffset at, SettlementState state, string reason)
    {
        foreach (var leg in state.Legs.Where(leg => leg.State == LegState.Collected))
            yield return leg.Kind == TenderKind.Purse
                ? new RefundFellDue(at, $"R|{state.Debit!.Key}", leg.AmountFen, reason)
                : new TenderRefundDue(at, leg.Id, $"R{leg.OrderNo}", reason);
    }

    // Institution 12, visit number 14, leg 2, try 2: 30 characters, as short as acquirers want them.
    private static string OrderNo(SettlementState state, Leg leg) => $"{state.Request!.InstitutionCode}{state.Request.VisitNumber}{int.Parse(leg.Id):D2}{leg.Tries + 1:D2}";

    private static bool IsPlanned(IReadOnlyList<(TenderKind Kind, long AmountFen)> wanted, IEnumerable<Leg> legs) => wanted.Count > 0 && legs.Select(leg => (leg.Kind, leg.AmountFen)).SequenceEqual(wanted);

    private static Leg? InFlight(string orderNo, SettlementState state) => state.Legs.FirstOrDefault(leg => leg.IsInFlight && leg.OrderNo == orderNo);

    private static Leg? Returning(string id, SettlementState state) =>
        state.Legs.FirstOrDefault(leg => leg.Id == id && leg.Kind != TenderKind.Purse && leg.State is LegState.RefundDue or LegState.RefundUnknown or LegState.RefundHeld);
}
