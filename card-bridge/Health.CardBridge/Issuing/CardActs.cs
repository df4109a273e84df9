using Health.Contracts;

namespace Health.CardBridge.Issuing;

/// <summary>What an operator does to a card after it was issued. Every act may be repeated.</summary>
public sealed class CardActs(CardLog cards, NodeIdentity node, TimeProvider clock)
{
    public Task<(CardState? State, Refusal? Refusal)> ReportLoss(string cardId, Caller caller, CancellationToken ct) => Do(cardId, "card-loss", (at, _) => new CardLost(at, caller.Actor), caller, ct);

    public Task<(CardState? State, Refusal? Refusal)> Found(string cardId, Caller caller, CancellationToken ct) => Do(cardId, "card-found", (at, _) => new CardFound(at), caller, ct);

    public Task<(CardState? State, Refusal? Refusal)> Lock(string cardId, string reason, Caller caller, CancellationToken ct) => Do(cardId, "card-lock", (at, _) => new CardLocked(at, reason), caller, ct);

    public Task<(CardState? State, Refusal? Refusal)> Unlock(string cardId, Caller caller, CancellationToken ct) => Do(cardId, "card-unlock", (at, _) => new CardUnlocked(at), caller, ct);

    public Task<(CardState? State, Refusal? Refusal)> Cancel(string cardId, string reason, Caller caller, CancellationToken ct) => Do(cardId, "card-cancel", (at, _) => new CardCancelled(at, reason), caller, ct);

    public Task<(CardState? State, Refusal? Refusal)> Destroy(string cardId, Caller caller, CancellationToken ct) => Do(cardId, "card-destroy", (at, card) => new CardDestroyed(at, card.ChipSerial!), caller, ct);

    private async Task<(CardState? State, Refusal? Refusal)> Do(string cardId, string interaction, Func<DateTimeOffset, CardState, ICardFact> act, Caller caller, CancellationToken ct)
    {
        while (true)
        {
            var (state, version) = await cards.Begin(cardId, Header(caller), ct);
            if (state.Stage == CardStage.None) return (null, Refusal.NotFound("There is no such card."));
            var now = clock.GetUtcNow();
            var (fact, refusal) = CardDecider.Decide(act(now, state), state);
            if (refusal is not null || fact is null) return (state, refusal);
            var audit = new AuditFact(Guid.CreateVersion7(), now, "U", interaction, 0, caller.Actor, caller.ClientId, caller.InstitutionCode, PurposeOfUse.HOPERAT, caller.RequestId)
            {
                ResidentId = state.Made!.ResidentId, Target = CardLog.StreamOf(cardId),
            };
            if (await cards.Append(cardId, state, version, [fact], Header(caller), [audit], null, ct)) return (state.Apply(fact), null);
        }
    }

    private EventHeader Header(Caller caller) => new(node.NodeId, caller.Actor, PurposeOfUse.HOPERAT, CardBridgeModule.Source, caller.RequestId);
}
