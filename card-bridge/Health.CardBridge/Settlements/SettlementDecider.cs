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
            ConfirmCancellation c => state.Stage == VisitStage.CancelDue ? Decision.Of([new SettlementCancelled(c.At), .. RefundIfCharged(c.At, state, state.Reason!)]) : Decision.Nothing,
            LoseRefund c => state.Stage == VisitStage.RefundDue ? Decision.Of(new RefundUnknown(c.At, c.Reason)) : Decision.Nothing,
            RefuseRefund c => state.Stage is VisitStage.RefundDue or VisitStage.RefundUnknown ? Decision.Of(new RefundHeld(c.At, c.Reason)) : Decision.Nothing,
            ConfirmRefund c => state.Stage is VisitStage.RefundDue or VisitStage.RefundUnknown or VisitStage.RefundHeld ? Decision.Of(new PurseRefunded(c.At)) : Decision.Nothing,
            ConfirmRecords c => state.Stage == VisitStage.InsuranceSettled ? Decision.Of(new VisitReceipted(c.At, c.ReceiptNumber)) : Decision.Nothing,
            CloseVisit c => state.Stage == VisitStage.Receipted ? Decision.Of(new VisitClosed(c.At)) : Decision.Nothing,
            _ => throw new InvalidOperationException($"{command.GetType().Name} is no command of a visit."),
        };
    }

    /// <summary>What a desk asks gets an answer even after the end; what the process manager reports late is passed over.</summary>
    private static bool IsDeskCommand(VisitCommand command) => command is RequestVisit or TakeFees or ReserveDebit or ReportDebit or RequestSettlement;

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
            case VisitStage.InsuranceSettling or VisitStage.InsuranceUnknown or VisitStage.InsuranceSettled or VisitStage.Receipted or VisitStage.Closed:
                return Decision.Nothing;
            case VisitStage.PurseDebited:
            case VisitStage.PreSettled when state.Quote!.Self == Fen.Zero && command.At < state.ExpiresAt:
                return Decision.Of(new SettlementRequested(command.At, state.Attempts + 1, command.MsgId));
            case VisitStage.PreSettled when state.Quote!.Self == Fen.Zero:
                return Decision.Conflict("The pre-settlement has expired: pre-settle again.");
            case VisitStage.PurseReserved or VisitStage.PurseUnknown:
                return Decision.Conflict("Whether the purse was debited is not decided yet.");
            default:
                return Decision.Conflict($"A visit that is {state.Stage.Text()} cannot be settled.");
        }
    }

    private static Decision Confirm(ConfirmSettlement command, SettlementState state)
    {
        if (state.Stage != VisitStage.InsuranceSettling) return Decision.Nothing;
        var paid = state.IsCharged ? new Fen(state.Debit!.AmountFen) : Fen.Zero;
        var split = command.Split;
        var wrong = !split.AddsUp ? "the settled parts do not add up"
            : split.Total.Value != state.Fees!.TotalFen ? "another total was settled"
            : split.Self != paid ? "another own share was settled than was paid" : null;
        return wrong is null
            ? Decision.Of(new InsuranceSettled(command.At, command.SettlementId, split.Total.Value, split.Fund.Value, split.Account.Value, split.Self.Value))
            : Decision.Of(new SettlementMismatched(command.At, command.SettlementId, split.Self.Value, command.CancelMsgId, wrong));
    }

    private static Decision RefuseSettle(RefuseSettlement command, SettlementState state) => state.Stage == VisitStage.InsuranceSettling
        ? Decision.Of([new SettlementRefused(command.At, command.Reason), .. RefundIfCharged(command.At, state, command.Reason)])
        : Decision.Nothing;

    private static Decision Reverse(ConfirmReversal command, SettlementState state)
    {
        if (state.Stage != VisitStage.InsuranceUnknown) return Decision.Nothing;
        var reversed = new SettlementReversed(command.At, command.Found, command.PreSettleMsgId);
        if (state.Attempts < MaxAttempts) return Decision.Of(reversed);
        const string reason = "the settlement was lost too often";
        return state.IsCharged ? Decision.Of([reversed, .. RefundIfCharged(command.At, state, reason)]) : Decision.Of(reversed, new PreSettlementRefused(command.At, reason));
    }

    internal static IEnumerable<IVisitFact> RefundIfCharged(DateTimeOffset at, SettlementState state, string reason)
    {
        // One refund per debit: its id is the purse transaction's key, so that the operator knows a repeat.
        if (state.IsCharged) yield return new RefundFellDue(at, $"R|{state.Debit!.Key}", state.Debit.AmountFen, reason);
    }
}
