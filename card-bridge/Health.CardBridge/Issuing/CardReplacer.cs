using Health.CardBridge.Bindings;
using Health.CardBridge.Payers;
using Health.Contracts;

namespace Health.CardBridge.Issuing;

/// <summary>
/// A new chip under the same number. The old chip is dead and listed from the first commit on; the purse of the new one is bound afterwards. Asked again for the same old chip
/// it goes on where it stopped; money of the old purse is moved by its operator.
/// </summary>
public sealed class CardReplacer(CardLog cards, CardIssuer issuer, CityCardOperator company, IKeyring keys, NodeIdentity node, TimeProvider clock)
{
    public async Task<(IssuedCard? Card, Refusal? Refusal)> Replace(string cardId, string oldChip, Caller caller, CancellationToken ct)
    {
        var header = new EventHeader(node.NodeId, caller.Actor, PurposeOfUse.HOPERAT, CardBridgeModule.Source, caller.RequestId);
        while (true)
        {
            var (state, version) = await cards.Begin(cardId, header, ct);
            if (state.Stage == CardStage.None) return (null, Refusal.NotFound("There is no such card."));
            if (state.ChipSerial != oldChip && state.ReplacedChip != oldChip) return (null, Refusal.Conflict("This chip is not the card's."));
            if (state.ChipSerial == oldChip)
            {
                var now = clock.GetUtcNow();
                var (_, no) = CardDecider.Decide(new CardReplaced(now, "", "", oldChip), state);
                if (no is not null) return (null, no);
                var batch = await issuer.NewChip(electronic: false, now, ct);
                await cards.Append(cardId, state, version, [new CardReplaced(now, batch.BatchId, batch.ChipSerials[0], oldChip)], header, [Audit("card-replace", cardId, state, caller)], batch, ct);
                continue;
            }
            if (state.Purse is not null || state.Stage != CardStage.Active)
                return (await issuer.Describe(cardId, state, new CardOrder("", state.Made!.InstitutionCode, null, null, null, null, 0), ct), null);
            if (await Bind(cardId, state, version, header, caller, ct) is { } refusal) return (null, refusal);
        }
    }

    private async Task<Refusal?> Bind(string cardId, CardState state, long version, EventHeader header, Caller caller, CancellationToken ct)
    {
        switch (await company.Bind(cardId, state.ChipSerial!, null, ct))
        {
            case PayerAnswer<string>.Accepted(var purseNo):
                var number = await cards.Seal(state.Made!.ResidentId, cardId, "purse", new BoundPurse(purseNo), ct);
                var bound = new CardPurseBound(clock.GetUtcNow(), state.ChipSerial!, keys.Blind(IdentifierSystems.CityCard, purseNo), number);
                await cards.Append(cardId, state, version, [bound], header, [Audit("card-bind", cardId, state, caller)], null, ct);
                return null;
            case PayerAnswer<string>.Refused(var reason):
                return Refusal.Conflict($"The operator refuses the binding. {reason}");
            default:
                return Refusal.Throttled("The new chip is there and the old one is dead; the operator did not answer. Ask again to bind the purse.");
        }
    }

    private AuditFact Audit(string interaction, string cardId, CardState state, Caller caller) =>
        new(Guid.CreateVersion7(), clock.GetUtcNow(), "U", interaction, 0, caller.Actor, caller.ClientId, caller.InstitutionCode, PurposeOfUse.HOPERAT, caller.RequestId)
        {
            ResidentId = state.Made!.ResidentId, Target = CardLog.StreamOf(cardId),
        };
}
