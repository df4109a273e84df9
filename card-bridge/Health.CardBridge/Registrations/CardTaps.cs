using Health.CardBridge.Bindings;
using Health.CardBridge.Issuing;
using Health.Contracts;

namespace Health.CardBridge.Registrations;

/// <summary>The holder as read from the chip. Sex: GB/T 2261.1 code or FHIR word; birth date yyyy-MM-dd or yyyyMMdd.</summary>
public sealed record TappedHolder(string? Name, string? IdNumber, string? Sex, string? BirthDate);

public sealed record TapRequest(string DeskId, string TerminalNo, string CardNo, string ChipSerial, string CityCode, TappedHolder Holder);

/// <param name="CardState"><c>active</c>: go on. <c>blocked</c> and <c>unknown</c>: not with this card; then no resident is named.</param>
/// <param name="Reason">
/// Of a card that is not active: <c>not-issued-here</c>, <c>mismatch</c> (chip and register disagree), <c>other-city</c>, <c>expired</c>, <c>lost</c>,
/// <c>locked</c>, <c>replaced</c>, <c>cancelled</c>, <c>made</c>, <c>personalised</c>, <c>issued</c>, <c>destroyed</c>.
/// </param>
/// <param name="Bound">A purse is bound and may pay.</param>
/// <param name="PurseState"><c>free</c>, <c>blocked</c>, <c>none</c>, or <c>cannot-tell</c> when the operator's blacklist cannot be had.</param>
public sealed record TapAnswer(string? ResidentId, string? PatientName, string CardState, string? Reason, bool Bound, string? PurseNo, string? PurseState);

/// <summary>A tap: who is it, and may this card go on (card domain §5.1). Judged afresh every time; nothing is remembered from the tap before.</summary>
public sealed class CardTaps(CardLog cards, Blacklist blacklist, CardBridgeSettings settings, NodeIdentity node, IAuditTrail audit, TimeProvider clock)
{
    public async Task<TapAnswer> Tap(TapRequest tap, Caller caller, CancellationToken ct)
    {
        var cardId = cards.IdOf(tap.CardNo);
        var (card, _) = await cards.Load(cardId, ct);
        // The first act on a card that came with an import: from here on it has its own stream and its resident.
        if (card is { IsOfPart: true, Stage: CardStage.Active }) (card, _) = await cards.Begin(cardId, Header(caller), ct);
        var holder = card.Stage == CardStage.None ? null : await cards.Holder(cardId, card, ct);
        var reason = Judge(tap, card, holder);
        await audit.Record(new AuditFact(Guid.CreateVersion7(), clock.GetUtcNow(), "R", "card-tap", reason is null ? 0 : 4, caller.Actor, caller.ClientId, caller.InstitutionCode, PurposeOfUse.TREAT, caller.RequestId)
        {
            ResidentId = card.Made?.ResidentId, Target = CardLog.StreamOf(cardId), Reason = reason is null ? null : $"card-{reason}",
        }, ct);
        if (reason is not null) return new TapAnswer(null, null, reason is "not-issued-here" or "mismatch" ? "unknown" : "blocked", reason, false, null, null);
        var purse = holder!.PurseNo is null ? "none" : await blacklist.IsBlocked(holder.PurseNo, ct) switch { true => "blocked", false => "free", null => "cannot-tell" };
        return new TapAnswer(card.Made!.ResidentId, holder.Name, "active", null, purse == "free", holder.PurseNo, purse);
    }

    private EventHeader Header(Caller caller) => new(node.NodeId, caller.Actor, PurposeOfUse.TREAT, CardBridgeModule.Source, caller.RequestId);

    /// <summary>Why this card does not go on before this desk; null when it does.</summary>
    public string? Judge(TapRequest tap, CardState card, CardHolder? holder)
    {
        if (card.Stage == CardStage.None || holder is null) return "not-issued-here";
        if (card.ChipSerial != tap.ChipSerial) return "replaced";
        if (card.Stage != CardStage.Active) return card.Stage.ToString().ToLowerInvariant();
        if (card.Made!.ValidUntil < ChinaTime.DayOf(clock.GetUtcNow())) return "expired";
        if (tap.CityCode != settings.CityCode) return "other-city";
        return tap.Holder.IdNumber == holder.IdNumber && tap.Holder.Name == holder.Name ? null : "mismatch";
    }
}
