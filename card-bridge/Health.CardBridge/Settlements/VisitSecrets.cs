using Health.CardBridge.Issuing;
using Health.CardBridge.Log;
using Health.CardBridge.Payers;
using Health.Contracts;

namespace Health.CardBridge.Settlements;

/// <summary>Seals and opens the personal parts of a visit's facts, each bound to its place.</summary>
public sealed class VisitSecrets(IKeyring keys)
{
    public async ValueTask<SealedPayload> Seal<T>(string residentId, string visitTx, string part, T value, CancellationToken ct) =>
        SealedPayload.Of(await keys.ForResident(residentId, ct), Place(visitTx, part), value);

    public async ValueTask<CardHolder> Holder(SettlementState state, CancellationToken ct) => Known(await state.Request!.Holder.Open<CardHolder>(keys, Place(state, "holder"), ct));

    public async ValueTask<InsuredVisit> Insured(SettlementState state, CancellationToken ct) => Known(await state.Registration!.Insured.Open<InsuredVisit>(keys, Place(state, "insured"), ct));

    public async ValueTask<IReadOnlyList<FeeLine>> Lines(SettlementState state, CancellationToken ct) => Known(await state.Fees!.Lines.Open<List<FeeLine>>(keys, Place(state, "lines"), ct));

    private static string Place(SettlementState state, string part) => Place(state.Request!.VisitTx, part);

    private static string Place(string visitTx, string part) => $"{VisitLog.StreamOf(visitTx)}|{part}";

    private static T Known<T>(T? opened) where T : class => opened ?? throw new InvalidOperationException("The resident's key was destroyed: this visit can no longer be carried on.");
}
