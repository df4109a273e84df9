using Health.CardBridge.Settlements;
using Health.Contracts;

namespace Health.CardBridge.Log;

/// <summary>What others are told of a visit, and what the operator is told of a debit.</summary>
public static class VisitNotices
{
    /// <summary>How the visit was registered, in notices and in the Encounter's extension.</summary>
    public const string Channel = "card";

    public static IEnumerable<OutboxMessage> Of(SettlementState before, long version, IReadOnlyList<IVisitFact> facts)
    {
        foreach (var fact in facts)
        {
            var after = before.Apply(fact);
            version++;
            if (Of(before, after, fact, version) is { } message) yield return message;
            if (fact is PurseDebited { Tac.Length: > 0 }) yield return OutboxMessage.Debit(after.Request!.VisitTx, fact.At);
            before = after;
        }
    }

    private static OutboxMessage? Of(SettlementState before, SettlementState after, IVisitFact fact, long version)
    {
        var request = after.Request!;
        var id = OutboxMessage.IdOf("visit", request.VisitTx, version.ToString());
        var visitId = after.Registration?.EncounterId ?? request.VisitTx;
        OutboxMessage Payment(string state) => OutboxMessage.Of(new PaymentOutcomeChanged(id, fact.At, request.InstitutionCode, visitId, state));
        return fact switch
        {
            VisitRegisteredAtInsurer => OutboxMessage.Of(new VisitRegistered(id, fact.At, request.InstitutionCode, visitId, request.ResidentId, Channel)),
            DebitUnknown => Payment("unknown"),
            PurseDebited when before.Stage == VisitStage.PurseUnknown => Payment("charged"),
            DebitProvedNotCharged when before.Stage == VisitStage.PurseUnknown => Payment("not-charged"),
            VisitReceipted => OutboxMessage.Of(new VisitSettled(
                id, fact.At, request.InstitutionCode, visitId, request.ResidentId, Channel, after.Settled!.Total, after.Settled.Fund, after.Settled.Account, after.Settled.Self)),
            _ => null,
        };
    }
}
