using Health.Contracts;

namespace Health.CardBridge.Settlements;

/// <summary>Fee lines and pre-settlement: 2203A, 2205, 2204, 2206. Pure.</summary>
public static class FeesDecider
{
    public static Decision Take(TakeFees command, SettlementState state)
    {
        var fees = command.Fees;
        var same = state.Fees?.Digest == fees.Digest;
        switch (state.Stage)
        {
            case VisitStage.Registering:
                return Decision.Conflict("The registration is not answered yet.");
            case VisitStage.Draft or VisitStage.VisitUploaded or VisitStage.FeesUploaded when same:
                return Decision.Nothing;
            case VisitStage.PreSettled or VisitStage.Collecting when same:
                return fees.At < state.ExpiresAt ? Decision.Nothing : Decision.Of(new PreSettlementRenewed(fees.At, fees.PreSettleMsgId));
            case VisitStage.FeesUploaded when state.MustRequote:
                return Decision.Conflict("A settlement of these fees is being decided.");
            case VisitStage.Registered or VisitStage.Draft or VisitStage.VisitUploaded or VisitStage.FeesUploaded or VisitStage.PreSettled:
                return Draft(fees, state);
            default:
                return same ? Decision.Nothing : Decision.Conflict($"A visit that is {state.Stage.Text()} takes no other fees.");
        }
    }

    public static Decision Quote(ConfirmPreSettlement command, SettlementState state)
    {
        if (!Awaits(state)) return Decision.Nothing;
        var split = command.Split;
        if (!split.AddsUp || split.Total.Value != state.Fees!.TotalFen)
            return Refuse(new RefusePreSettlement(command.At, "the insurer's parts do not add up to the fees"), state);
        if (state.CollectedFen > 0 && split.Self.Value != state.Legs.Sum(leg => leg.AmountFen))
            return Decision.Of([.. TenderDecider.Refunds(command.At, state, "the own share changed after it was paid")]);
        return Decision.Of(new PreSettled(command.At, split.Total.Value, split.Fund.Value, split.Account.Value, split.Self.Value, command.At + SettlementDecider.QuoteLifetime));
    }

    public static Decision Refuse(RefusePreSettlement command, SettlementState state) => state.Stage switch
    {
        VisitStage.Draft or VisitStage.VisitUploaded or VisitStage.FeesUploaded => Decision.Of([new PreSettlementRefused(command.At, command.Reason), .. TenderDecider.Refunds(command.At, state, command.Reason)]),
        VisitStage.PurseDebited when state.MustRequote => Decision.Of([.. TenderDecider.Refunds(command.At, state, command.Reason)]),
        _ => Decision.Nothing,
    };

    private static bool Awaits(SettlementState state) => state.Stage == VisitStage.FeesUploaded || state is { Stage: VisitStage.PurseDebited, MustRequote: true };

    private static Decision Draft(FeesTaken fees, SettlementState state)
    {
        if (fees.LineCount < 1) return Decision.Unprocessable("At least one fee line is needed.", "feeLines");
        if (fees.TotalFen <= 0) return Decision.Unprocessable("The total is not positive.", "feeLines");
        // Lines of an earlier try may lie at the insurer, even if its answer was lost: they are revoked first.
        return Decision.Of(fees with { RevokeMsgId = state.Fees is null ? null : fees.RevokeMsgId });
    }
}
