namespace Health.CardBridge.Settlements;

/// <summary>What comes after the end, or instead of it: cancellation of a registration, reversal of a settled visit (card domain §5.4), rating. Pure.</summary>
public static class ReversalDecider
{
    public static Decision Cancel(CancelVisit command, SettlementState state) => state.Stage switch
    {
        VisitStage.Cancelling or VisitStage.Cancelled => Decision.Nothing,
        VisitStage.RefundDue or VisitStage.RefundUnknown or VisitStage.RefundHeld or VisitStage.Refunded when state.Reversal is null => Decision.Nothing,
        VisitStage.CancelDue when state.Reversal is null => Decision.Nothing,
        VisitStage.Registered or VisitStage.PreSettled => Decision.Of(new VisitCancelRequested(command.At, command.MsgId)),
        VisitStage.Collecting or VisitStage.SettledUnpaid => TenderDecider.Abandon(new AbandonCollection(command.At, command.MsgId, "cancelled at the desk"), state),
        VisitStage.PurseReserved or VisitStage.PurseUnknown or VisitStage.TenderRequested or VisitStage.TenderUnknown =>
            Decision.Conflict("A payment is under way or not known: that is decided first."),
        _ => Decision.Conflict($"A visit that is {state.Stage.Text()} cannot be cancelled; a settled one is reversed."),
    };

    public static Decision Reverse(ReverseVisit command, SettlementState state)
    {
        if (state.Reversal is not null) return Decision.Nothing;
        return state.Stage == VisitStage.Closed ? Decision.Of(command.Request) : Decision.Conflict($"A visit that is {state.Stage.Text()} cannot be reversed.");
    }

    public static Decision Rate(RateVisit command, SettlementState state)
    {
        if (command.Stars is < 1 or > 5) return Decision.Unprocessable("1 to 5.", "stars");
        if (state.Stars is { } known) return known == command.Stars ? Decision.Nothing : Decision.Conflict("This visit was rated before.");
        return state.Stage is VisitStage.Receipted or VisitStage.Closed ? Decision.Of(new VisitRated(command.At, command.Stars)) : Decision.Conflict("Only a settled visit is rated.");
    }
}
