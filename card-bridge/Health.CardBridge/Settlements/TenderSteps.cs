using Health.CardBridge.Bindings;
using Health.CardBridge.Payers;
using Microsoft.Extensions.Logging;

namespace Health.CardBridge.Settlements;

/// <summary>Bank and mobile legs at the acquirer. A payment is asked for once; what became of it is asked by its order number, never by paying again.</summary>
public sealed class TenderSteps(Acquirer acquirer, TimeProvider clock, ILogger<TenderSteps> log)
{
    public async Task<VisitCommand> Pay(SettlementState state, string authCode, CancellationToken ct)
    {
        var (leg, orderNo) = InFlight(state);
        return await acquirer.Pay(orderNo, leg.Kind, leg.AmountFen, authCode, ct) switch
        {
            PayerAnswer<TenderOrder>.Accepted { Value: { IsPaid: true } order } => new ConfirmTender(clock.GetUtcNow(), orderNo, order.Reference!),
            // The payer may still be typing a password.
            PayerAnswer<TenderOrder>.Accepted { Value.State: "paying" } => new LoseTender(clock.GetUtcNow(), orderNo, "the payer has not confirmed yet"),
            // A no is believed only when the order is closed: then nothing can be collected under it any more.
            PayerAnswer<TenderOrder>.Refused { Reason: var reason } => await Close(orderNo, reason, ct) ?? new LoseTender(clock.GetUtcNow(), orderNo, reason),
            PayerAnswer<TenderOrder>.Accepted { Value.State: var other } => await Close(orderNo, other, ct) ?? new LoseTender(clock.GetUtcNow(), orderNo, other),
            PayerAnswer<TenderOrder>.Unknown { Reason: var lost } => new LoseTender(clock.GetUtcNow(), orderNo, lost),
            _ => throw new InvalidOperationException("An answer is one of three."),
        };
    }

    /// <summary>The pay code was lost with a restart: whether it was sent cannot be known.</summary>
    public VisitCommand Lose(SettlementState state, string reason) => new LoseTender(clock.GetUtcNow(), InFlight(state).OrderNo, reason);

    public async Task<VisitCommand?> Query(SettlementState state, CancellationToken ct)
    {
        var (leg, orderNo) = InFlight(state);
        switch (await acquirer.Query(orderNo, ct))
        {
            case PayerAnswer<TenderOrder>.Accepted { Value: { IsPaid: true } order }:
                return new ConfirmTender(clock.GetUtcNow(), orderNo, order.Reference!);
            case PayerAnswer<TenderOrder>.Accepted { Value.State: "paying" } when clock.GetUtcNow() < state.DebitAt + NextStep.DeskPatience:
                return Waiting(state, "the payer has not confirmed yet");
            case PayerAnswer<TenderOrder>.Accepted { Value.State: var said }:
                return await Close(orderNo, leg.Reason ?? said, ct) ?? Waiting(state, said);
            case var other:
                return Waiting(state, other is PayerAnswer<TenderOrder>.Unknown lost ? lost.Reason : "refused");
        }
    }

    public async Task<VisitCommand?> Refund(SettlementState state, Leg leg, CancellationToken ct) => await acquirer.Refund(leg.RefundNo!, leg.OrderNo!, leg.AmountFen, ct) switch
    {
        PayerAnswer<Done>.Accepted => new ConfirmTenderRefund(clock.GetUtcNow(), leg.Id),
        PayerAnswer<Done>.Refused { Reason: var reason } => new RefuseTenderRefund(clock.GetUtcNow(), leg.Id, reason),
        _ when leg.State == LegState.RefundDue => new LoseTenderRefund(clock.GetUtcNow(), leg.Id, "the acquirer's answer was lost"),
        _ => Waiting(state, "the acquirer does not answer"),
    };

    /// <summary>What is on its way back, first what was not asked for yet: a silent party holds up no other.</summary>
    public static IEnumerable<Leg> Returning(SettlementState state) => state.Legs.Where(leg => leg.State is LegState.RefundDue or LegState.RefundUnknown).OrderBy(leg => leg.State);

    private async Task<VisitCommand?> Close(string orderNo, string reason, CancellationToken ct) => await acquirer.Close(orderNo, ct) switch
    {
        PayerAnswer<TenderOrder>.Accepted { Value: { IsPaid: true } order } => new ConfirmTender(clock.GetUtcNow(), orderNo, order.Reference!),
        PayerAnswer<TenderOrder>.Accepted { Value.State: "closed" } => new RefuseTender(clock.GetUtcNow(), orderNo, reason),
        _ => null,
    };

    private VisitCommand? Waiting(SettlementState state, string reason)
    {
        log.LogWarning("Visit {VisitTx} waits in {Stage}: {Reason}", state.Request!.VisitTx, state.Stage.Text(), reason);
        return null;
    }

    private static (Leg Leg, string OrderNo) InFlight(SettlementState state)
    {
        var leg = state.Legs.First(leg => leg.IsInFlight);
        return (leg, leg.OrderNo!);
    }
}
