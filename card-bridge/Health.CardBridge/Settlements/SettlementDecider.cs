using Health.Contracts;

namespace Health.CardBridge.Settlements;

/// <summary>
/// Decides every step of a visit transaction (card domain §5.2, §5.3). Pure: time and ids come with the command. A repeat gives no facts;
/// after the end only repeats are understood; while a debit is not known, no new one is allowed.
/// </summary>
public static class SettlementDecider
{
    /// <summary>How long a pre-settlement holds.</summary>
    public static readonly TimeSpan QuoteLifetime = TimeSpan.FromMinutes(5);

    /// <summary>How often a settlement is tried before the money goes back.</summary>
    public const int MaxAttempts = 5;

    public static Decision Decide(VisitCommand command, SettlementState state)
    {
        if (state.Stage == VisitStage.None && command is not RequestVisit) return new Decision.Refused(Refusal.NotFound("There is no such visit transaction."));
        if (state.Stage.IsTerminal() && !IsDeskCommand(command)) return Decision.Nothing;
        return command switch
        {
            RequestVisit c => Request(c, state),
            ConfirmRegistration c => state.Stage == VisitStage.Registering ? Decision.Of(new VisitRegisteredAtInsurer(c.At, c.PatientId, c.EncounterId, c.Insured)) : Decision.Nothing,
            RefuseRegistration c => state.Stage == VisitStage.Registering ? Decision.Of(new VisitRegistrationRefused(c.At, c.Reason)) : Decision.Nothing,
            TakeFees c => FeesDecider.Take(c, state),
            ConfirmVisitUpload c => state.Stage == VisitStage.Draft ? Decision.Of(new VisitUploaded(c.At)) : Decision.Nothing,
            ConfirmFeesRevoked c => state is { Stage: VisitStage.VisitUploaded, LinesToRevoke: true } ? Decision.Of(new FeesRevoked(c.At)) : Decision.Nothing,
            ConfirmFeesUpload c => state is { Stage: VisitStage.VisitUploaded, LinesToRevoke: false } ? Decision.Of(new FeesUploaded(c.At)) : Decision.Nothing,
            ConfirmPreSettlement c => FeesDecider.Quote(c, state),
            RefusePreSettlement c => FeesDecider.Refuse(c, state),
            ReserveDebit c => DebitDecider.Reserve(c, state),
            ReportDebit c => DebitDecider.Report(c, state),
            GiveUpWaitingForDebit c => state.Stage == VisitStage.PurseReserved ? Decision.Of(new DebitUnknown(c.At, "the desk reported no outcome")) : Decision.Nothing,
            RequestSettlement c => RequestSettle(c, state),
            ConfirmSettlement c => Confirm(c, state),
            RefuseSettlement c => RefuseSettle(c, state),
            LoseSettlement c => state.Stage == VisitStage.InsuranceSettling ? Decision.Of(new SettlementUnknown(c.At, c.Reason, c.ReversalMsgId)) : Decision.Nothing,
            ConfirmReversal c => Reverse(c, state),
            ConfirmCancellation c => state.Stage == VisitStage.CancelDue ? Decision.Of([new SettlementCancelled(c.At), .. TenderDecider.Refunds(c.At, state, state.Reason!)]) : Decision.Nothing,
            LoseRefund c => state.Purse?.State == LegState.RefundDue ? Decision.Of(new RefundUnknown(c.At, c.Reason)) : Decision.Nothing,
            RefuseRefund c => state.Purse?.State is LegState.RefundDue or LegState.RefundUnknown ? Decision.Of(new RefundHeld(c.At, c.Reason)) : Decision.Nothing,
            ConfirmRefund c => state.Purse?.State is LegState.RefundDue or LegState.RefundUnknown or LegState.RefundHeld ? Decision.Of(new PurseRefunded(c.At)) : Decision.Nothing,
            ConfirmRecords c => state.Stage == VisitStage.HisPosted ? Decision.Of(new VisitReceipted(c.At, c.ReceiptNumber)) : Decision.Nothing,
            CloseVisit c => state.Stage == VisitStage.Receipted ? Decision.Of(new VisitClosed(c.At)) : Decision.Nothing,
            _ => DecideTender(command, state),
        };
    }

    private static Decision DecideTender(VisitCommand command, SettlementState state) => command switch
    {
        PlanTenders c => TenderDecider.Plan(c, state),
        RequestTender c => TenderDecider.Request(c, state),
        ConfirmTender c => TenderDecider.Confirm(c, state),
        RefuseTender c => TenderDecider.Refuse(c, state),
        LoseTender c => TenderDecider.Lose(c, state),
        ConfirmTenderRefund c => TenderDecider.Refunded(c, state),
        LoseTenderRefund c => TenderDecider.LoseRefund(c, state),
        RefuseTenderRefund c => TenderDecider.RefuseRefund(c, state),
        AbandonCollection c => TenderDecider.Abandon(c, state),
        ConfirmHisPosting c => state.Stage is VisitStage.InsuranceSettled or VisitStage.HisUnknown ? Decision.Of(new HisPosted(c.At, c.ReceiptNumber)) : Decision.Nothing,
        LoseHisPosting c => state.Stage == VisitStage.InsuranceSettled ? Decision.Of(new HisPostingUnknown(c.At, c.Reason)) : Decision.Nothing,
        CancelVisit c => ReversalDecider.Cancel(c, state),
        ConfirmVisitCancel c => state.Stage == VisitStage.Cancelling ? Decision.Of(new VisitCancelled(c.At)) : Decision.Nothing,
        RefuseVisitCancel c => state.Stage == VisitStage.Cancelling ? Decision.Of(new VisitCancelRefused(c.At, c.Reason)) : Decision.Nothing,
        ReverseVisit c => ReversalDecider.Reverse(c, state),
        ConfirmHisReversal c => state.Stage == VisitStage.HisReversing ? Decision.Of(new HisReversed(c.At, c.RedReceiptNumber)) : Decision.Nothing,
        ConfirmRedReceipt c => state.Stage == VisitStage.HisReversed ? Decision.Of(new RedReceiptIssued(c.At, c.RedReceiptNumber)) : Decision.Nothing,
        RateVisit c => ReversalDecider.Rate(c, state),
        _ => throw new InvalidOperationException($"{command.GetType().Name} is no command of a visit."),
    };

    /// <summary>What a desk asks gets an answer even after the end; what the process manager reports late is passed over.</summary>
    private static bool IsDeskCommand(VisitCommand command) => command is RequestVisit or TakeFees or ReserveDebit or ReportDebit or RequestSettlement or PlanTenders or RequestTender or CancelVisit or ReverseVisit or RateVisit;

    private static Decision Request(RequestVisit command, SettlementState state)
    {
        if (state.Request is not { } known) return Decision.Of(command.Request);
        return known.Digest == command.Request.Digest ? Decision.Nothing : Decision.Conflict("Another visit was registered under this transaction number.");
    }

    private static Decision RequestSettle(RequestSettlement command, SettlementState state)
    {
        switch (state.Stage)
        {
            case VisitStage.PurseDebited when state.MustRequote:
            case VisitStage.InsuranceSettling or VisitStage.InsuranceUnknown or VisitStage.SettledUnpaid or VisitStage.InsuranceSettled or VisitStage.HisUnknown or VisitStage.HisPosted or VisitStage.Receipted or VisitStage.Closed:
                return Decision.Nothing;
            case VisitStage.PurseDebited:
            case VisitStage.PreSettled when SettlesUnpaid(state) && command.At < state.ExpiresAt:
                return Decision.Of(new SettlementRequested(command.At, state.Attempts + 1, command.MsgId));
            case VisitStage.PreSettled when SettlesUnpaid(state):
                return Decision.Conflict("The pre-settlement has expired: pre-settle again.");
            case VisitStage.PurseReserved or VisitStage.PurseUnknown or VisitStage.TenderRequested or VisitStage.TenderUnknown:
                return Decision.Conflict("Whether a part of the own share was paid is not decided yet.");
            default:
                return Decision.Conflict($"A visit that is {state.Stage.Text()} cannot be settled.");
        }
    }

    private static Decision Confirm(ConfirmSettlement command, SettlementState state)
    {
        if (state.Stage != VisitStage.InsuranceSettling) return Decision.Nothing;
        var paid = state.InsuranceFirst ? state.Quote!.Self : new Fen(state.CollectedFen);
        var split = command.Split;
        var wrong = !split.AddsUp ? "the settled parts do not add up"
            : split.Total.Value != state.Fees!.TotalFen ? "another total was settled"
            : split.Self != paid ? "another own share was settled than was agreed" : null;
        return wrong is null
            ? Decision.Of(new InsuranceSettled(command.At, command.SettlementId, split.Total.Value, split.Fund.Value, split.Account.Value, split.Self.Value))
            : Decision.Of(new SettlementMismatched(command.At, command.SettlementId, split.Self.Value, command.CancelMsgId, wrong));
    }

    private static Decision RefuseSettle(RefuseSettlement command, SettlementState state) => state.Stage == VisitStage.InsuranceSettling
        ? Decision.Of([new SettlementRefused(command.At, command.Reason), .. TenderDecider.Refunds(command.At, state, command.Reason)])
        : Decision.Nothing;

    private static Decision Reverse(ConfirmReversal command, SettlementState state)
    {
        if (state.Stage != VisitStage.InsuranceUnknown) return Decision.Nothing;
        var reversed = new SettlementReversed(command.At, command.Found, command.PreSettleMsgId);
        if (state.Attempts < MaxAttempts) return Decision.Of(reversed);
        const string reason = "the settlement was lost too often";
        return state.CollectedFen > 0 ? Decision.Of([reversed, .. TenderDecider.Refunds(command.At, state, reason)]) : Decision.Of(reversed, new PreSettlementRefused(command.At, reason));
    }

    /// <summary>Nothing is to be collected before 2207.</summary>
    private static bool SettlesUnpaid(SettlementState state) => state.Quote!.Self == Fen.Zero || state.InsuranceFirst;
}
