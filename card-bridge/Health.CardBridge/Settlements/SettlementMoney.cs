namespace Health.CardBridge.Settlements;

/// <summary>The part of a visit's state that follows from money: legs, and the stage they make.</summary>
public sealed partial record SettlementState
{
    private SettlementState ApplyMoney(IVisitFact fact) => fact switch
    {
        DebitReserved e => WithPurse(e.Debit.AmountFen, leg => leg with { State = LegState.Requested }) with { Stage = VisitStage.PurseReserved, Debit = e.Debit, DebitAt = e.At },
        PurseDebited e => (WithPurse(Debit!.AmountFen, leg => leg with { State = LegState.Collected, AmountFen = Debit.AmountFen }) with { Tac = e.Tac, DebitAt = e.At, Reason = null, SpentKeys = SpentKeys.Remove(Debit.Key) }).AtRest(),
        DebitRefused e => (WithPurse(Debit!.AmountFen, leg => leg with { State = LegState.Planned }) with { SpentKeys = SpentKeys.Add(Debit.Key), Reason = e.Sw }).AtRest(),
        DebitUnknown e => WithPurse(Debit!.AmountFen, leg => leg with { State = LegState.Unknown }) with { Stage = VisitStage.PurseUnknown, Reason = e.Reason },
        DebitProvedNotCharged => (WithPurse(Debit!.AmountFen, leg => leg with { State = LegState.Planned }) with { SpentKeys = SpentKeys.Add(Debit.Key), Reason = null }).AtRest(),
        RefundFellDue e => (WithPurse(e.AmountFen, leg => leg with { State = LegState.RefundDue }) with { RefundId = e.RefundId, Reason = e.Reason }).Refunding(),
        RefundUnknown e => (WithPurse(0, leg => leg with { State = LegState.RefundUnknown }) with { Reason = e.Reason }).Refunding(),
        RefundHeld e => (WithPurse(0, leg => leg with { State = LegState.RefundHeld }) with { Reason = e.Reason }).Refunding(),
        PurseRefunded => WithPurse(0, leg => leg with { State = LegState.Refunded }).Refunding(),
        _ => ApplyTender(fact),
    };

    private SettlementState ApplyTender(IVisitFact fact) => fact switch
    {
        TendersPlanned e => (this with
        {
            Legs = [.. Legs.Where(leg => leg.State != LegState.Planned), .. e.Tenders.Select(tender => new Leg(tender.Leg, Tenders.TryParse(tender.Kind, out var kind) ? kind : throw new InvalidOperationException($"{tender.Kind} is no tender."), tender.AmountFen))],
            LegCount = LegCount + e.Tenders.Count,
        }).AtRest(),
        TenderRequested e => WithLeg(e.Leg, leg => leg with { State = LegState.Requested, OrderNo = e.OrderNo, Tries = leg.Tries + 1, Reason = null }) with { Stage = VisitStage.TenderRequested, DebitAt = e.At },
        TenderCollected e => (WithLeg(e.Leg, leg => leg with { State = LegState.Collected, OrderNo = e.OrderNo, Reference = e.Reference, Reason = null }) with { DebitAt = e.At, Reason = null }).AtRest(),
        TenderRefused e => (WithLeg(e.Leg, leg => leg with { State = LegState.Planned, Reason = e.Reason }) with { Reason = e.Reason }).AtRest(),
        TenderUnknown e => WithLeg(e.Leg, leg => leg with { State = LegState.Unknown, Reason = e.Reason }) with { Stage = VisitStage.TenderUnknown, Reason = e.Reason },
        // Cash is handed back by a person: nothing to ask for.
        TenderRefundDue e => (WithLeg(e.Leg, leg => leg with { State = leg.Kind == TenderKind.Cash ? LegState.RefundHeld : LegState.RefundDue, RefundNo = e.RefundNo }) with { Reason = e.Reason }).Refunding(),
        TenderRefundUnknown e => (WithLeg(e.Leg, leg => leg with { State = LegState.RefundUnknown }) with { Reason = e.Reason }).Refunding(),
        TenderRefundHeld e => (WithLeg(e.Leg, leg => leg with { State = LegState.RefundHeld, Reason = e.Reason }) with { Reason = e.Reason }).Refunding(),
        TenderRefunded e => WithLeg(e.Leg, leg => leg with { State = LegState.Refunded }).Refunding(),
        _ => throw new InvalidOperationException($"{fact.GetType().Name} is no fact of a visit."),
    };

    private SettlementState WithLeg(string id, Func<Leg, Leg> change) => this with { Legs = [.. Legs.Select(leg => leg.Id == id ? change(leg) : leg)] };

    /// <summary>Without a plan the purse's leg comes with its first debit.</summary>
    private SettlementState WithPurse(long amountFen, Func<Leg, Leg> change) => Purse is { } purse
        ? WithLeg(purse.Id, change)
        : this with { Legs = Legs.Add(change(new Leg($"{LegCount + 1}", TenderKind.Purse, amountFen))), LegCount = LegCount + 1 };

    /// <summary>Nothing is under way: what has been paid says where the visit stands.</summary>
    private SettlementState AtRest()
    {
        var (owed, collected) = (OwnShareFen, CollectedFen);
        var stage = Settled is not null
            ? collected == owed ? VisitStage.InsuranceSettled : VisitStage.SettledUnpaid
            : collected == 0 ? VisitStage.PreSettled : collected == owed ? VisitStage.PurseDebited : VisitStage.Collecting;
        return this with { Stage = stage };
    }

    private SettlementState Refunding()
    {
        var stage = Has(LegState.RefundDue) ? VisitStage.RefundDue
            : Has(LegState.RefundUnknown) ? VisitStage.RefundUnknown
            : Has(LegState.RefundHeld) ? VisitStage.RefundHeld
            : Has(LegState.Collected) ? VisitStage.RefundDue
            : Reversal is null ? VisitStage.Refunded : VisitStage.HisReversing;
        return this with { Stage = stage };
    }

    private bool Has(LegState state) => Legs.Any(leg => leg.State == state);
}
