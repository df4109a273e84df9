using Health.Contracts;

namespace Health.CardBridge.Settlements;

/// <summary>The debit of the purse: intent before the APDU, outcome after it, proof when the outcome is not known. Pure.</summary>
public static class DebitDecider
{
    public static Decision Reserve(ReserveDebit command, SettlementState state)
    {
        var debit = command.Debit;
        var same = state.Debit == debit && !state.SpentKeys.Contains(debit.Key);
        switch (state.Stage)
        {
            case VisitStage.PreSettled or VisitStage.Collecting or VisitStage.SettledUnpaid when state.Purse is null or { State: LegState.Planned }:
                return ReserveNew(command, state);
            case VisitStage.PurseUnknown:
                return same ? Decision.Nothing : Decision.Conflict("Whether the purse was debited is not known: it must be proved before a new debit.");
            case VisitStage.PurseReserved:
                return same ? Decision.Nothing : Decision.Conflict("Another debit of this visit is under way.");
            default:
                return same && state.IsCharged ? Decision.Nothing : Decision.Conflict($"A visit that is {state.Stage.Text()} takes no debit.");
        }
    }

    public static Decision Report(ReportDebit command, SettlementState state)
    {
        if (state.Debit is not { } debit) return Decision.Conflict("No debit was reserved.");
        if (command.CardSeq != debit.CardSeq || command.TermSeq != debit.TermSeq) return Decision.Conflict("The outcome belongs to another debit than the reserved one.");
        return state.Stage switch
        {
            VisitStage.PurseReserved => OfReserved(command),
            VisitStage.PurseUnknown => OfUnknown(command),
            _ => OfDecided(command, state),
        };
    }

    private static Decision ReserveNew(ReserveDebit command, SettlementState state)
    {
        var debit = command.Debit;
        if (TenderDecider.Closed(command.At, state) is { } closed) return closed;
        if (debit.AmountFen <= 0) return Decision.Unprocessable("The amount is not positive.", "amountFen");
        if (state.PurseShareFen is not { } share) return Decision.Conflict("The plan of payment has no part for the purse.");
        if (debit.AmountFen != share) return Decision.Unprocessable($"The purse pays {new Fen(share)}, not {new Fen(debit.AmountFen)}.", "amountFen");
        if (debit.BalanceFen < debit.AmountFen) return Decision.Unprocessable("The purse does not hold that much.", "balanceFen");
        if (debit.ChipSerial != state.Request!.ChipSerial) return Decision.Conflict("Another card registered this visit.");
        if (state.SpentKeys.Contains(debit.Key)) return Decision.Conflict("This terminal sequence was used before.");
        return Decision.Of(new DebitReserved(command.At, debit));
    }

    private static Decision OfReserved(ReportDebit c) => c.Outcome switch
    {
        DeskReport.Debited or DeskReport.ProvedCharged when Proves(c) => Charged(c),
        // The card says it paid, but its code does not prove it: nobody may guess.
        DeskReport.Debited or DeskReport.ProvedCharged => Decision.Of(new DebitUnknown(c.At, "the TAC does not verify")),
        DeskReport.Refused => Decision.Of(new DebitRefused(c.At, c.Sw)),
        DeskReport.ProvedNotCharged => Decision.Of(new DebitProvedNotCharged(c.At)),
        _ => Decision.Of(new DebitUnknown(c.At, c.Sw.Length == 0 ? "no answer of the card" : c.Sw)),
    };

    private static Decision OfUnknown(ReportDebit c) => c.Outcome switch
    {
        DeskReport.Debited or DeskReport.ProvedCharged when Proves(c) => Charged(c),
        DeskReport.Debited or DeskReport.ProvedCharged => Decision.Unprocessable("The TAC does not verify: the debit stays unknown.", "tac"),
        DeskReport.ProvedNotCharged => Decision.Of(new DebitProvedNotCharged(c.At)),
        DeskReport.Refused => Decision.Conflict("The debit is unknown: only a proof decides it."),
        _ => Decision.Nothing,
    };

    private static Decision OfDecided(ReportDebit c, SettlementState state)
    {
        var says = c.Outcome is DeskReport.Debited or DeskReport.ProvedCharged;
        if (c.Outcome == DeskReport.Unknown) return Decision.Nothing;
        if (says && (state.IsCharged || state.Tac is not null)) return state.Tac == c.Tac ? Decision.Nothing : Decision.Conflict("The debit is recorded with another TAC.");
        if (!says && !state.IsCharged && state.Tac is null) return Decision.Nothing;
        // A proof that comes after the card was believed not to have paid: the money was taken, so it counts, while nothing else took its place.
        if (says && Proves(c) && state.Collects && state.Purse is null or { State: LegState.Planned }) return Late(c, state);
        return Decision.Conflict("The debit was decided otherwise.");
    }

    // Where its part was planned otherwise meanwhile, the money goes back with all that was collected.
    private static Decision Late(ReportDebit c, SettlementState state)
    {
        var debited = new PurseDebited(c.At, c.Tac, c.Mac2, Proved: true);
        // After a settlement its cancellation comes first; the process manager gets there when the desk falls silent.
        return state.PurseShareFen == state.Debit!.AmountFen || state.Settled is not null
            ? Decision.Of(debited)
            : Decision.Of([debited, .. TenderDecider.Refunds(c.At, state.Apply(debited), "a debit was proved after its part was planned otherwise")]);
    }

    // The card's own record proves a debit whose TAC a later transaction has overwritten; the operator's file must confirm it.
    private static bool Proves(ReportDebit c) => c.ProofHolds || (c.Outcome == DeskReport.ProvedCharged && c.Tac.Length == 0);

    private static Decision Charged(ReportDebit c) => Decision.Of(new PurseDebited(c.At, c.Tac, c.Mac2, c.Outcome == DeskReport.ProvedCharged));
}
