using Health.CardBridge.Issuing;
using Health.CardBridge.Log;
using Health.CardBridge.Payers;
using Health.CardBridge.Settlements;
using Health.Contracts;

namespace Health.CardBridge.Registrations;

public sealed record VisitRegistration(string VisitTx, string DeskId, string ResidentId, string CardNo, string DepartmentCode);

/// <summary>Registers a visit for the holder of an active card: number, payer (2201), Encounter.</summary>
public sealed class VisitRegistrar(CardLog cards, VisitLog visits, VisitProcess process, VisitSecrets secrets, PayerBook payers, IDirectory directory, MsgIds msgIds, IKeyring keys, TimeProvider clock)
{
    public async Task<VisitResult> Register(VisitRegistration wanted, Caller caller, CancellationToken ct)
    {
        var institution = caller.InstitutionCode!;
        var digest = keys.Blind("card-bridge visit", string.Join('\n', institution, wanted.DeskId, wanted.ResidentId, wanted.CardNo, wanted.DepartmentCode));
        var (known, _) = await visits.Load(wanted.VisitTx, ct);
        if (known.Request is { } before)
            return before.InstitutionCode != institution || before.Digest != digest
                ? new VisitResult(known, Refusal.Conflict("Another visit was registered under this transaction number."))
                : await process.Execute(wanted.VisitTx, caller, "visit-register", _ => new RequestVisit(before), ct);

        var now = clock.GetUtcNow();
        var day = ChinaTime.DayOf(now);
        if (await directory.FindInstitution(institution, ct) is not { } place) return Refused(Refusal.Unprocessable("The institution of this desk is not in the register."));
        if (payers.For(day, place.DivisionCode) is null) return Refused(Refusal.Unprocessable("No payer is connected for this place and day."));
        var cardId = cards.IdOf(wanted.CardNo);
        var (card, _) = await cards.Load(cardId, ct);
        if (card.Stage != CardStage.Active) return Refused(Refusal.Unprocessable("The card is not active.", "cardNo"));
        if (card.Made!.ResidentId != wanted.ResidentId) return Refused(Refusal.Conflict("The card belongs to another resident."));
        if (await cards.Holder(cardId, card, ct) is not { } holder) return Refused(Refusal.Gone("The resident's key was destroyed."));

        var ids = await msgIds.Next(institution, now, 2, ct);
        var request = new VisitRequested(
            now, wanted.VisitTx, institution, wanted.DeskId, wanted.ResidentId, cardId, card.ChipSerial!, await visits.NextVisitNumber(institution, day, ct), wanted.DepartmentCode,
            ids[0], ids[1], digest, await secrets.Seal(wanted.ResidentId, wanted.VisitTx, "holder", holder, ct));
        return await process.Execute(wanted.VisitTx, caller, "visit-register", _ => new RequestVisit(request), ct);
    }

    private static VisitResult Refused(Refusal refusal) => new(SettlementState.Empty, refusal);
}
