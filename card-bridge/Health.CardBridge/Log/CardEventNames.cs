using Health.CardBridge.Issuing;
using Health.CardBridge.Reconciliation;
using Health.CardBridge.Registrations;
using Health.CardBridge.Settlements;
using Marten;

namespace Health.CardBridge.Log;

/// <summary>The frozen names of this module's events (conformance/events.txt).</summary>
public static class CardEventNames
{
    public static readonly IReadOnlyDictionary<Type, string> All = new Dictionary<Type, string>
    {
        [typeof(CardBatchMade)] = "cards.card-batch-made.v1",
        [typeof(CardPersonalised)] = "cards.card-personalised.v1",
        [typeof(CardHandedOut)] = "cards.card-issued.v1",
        [typeof(CardActivated)] = "cards.card-activated.v1",
        [typeof(CardLost)] = "cards.card-lost.v1",
        [typeof(CardFound)] = "cards.card-found.v1",
        [typeof(CardLocked)] = "cards.card-locked.v1",
        [typeof(CardUnlocked)] = "cards.card-unlocked.v1",
        [typeof(CardReplaced)] = "cards.card-replaced.v1",
        [typeof(CardCancelled)] = "cards.card-cancelled.v1",
        [typeof(VisitRequested)] = "cards.visit-requested.v1",
        [typeof(VisitRegisteredAtInsurer)] = "cards.visit-registered.v1",
        [typeof(VisitRegistrationRefused)] = "cards.visit-refused.v1",
        [typeof(FeesTaken)] = "cards.fees-taken.v1",
        [typeof(VisitUploaded)] = "cards.visit-uploaded.v1",
        [typeof(FeesRevoked)] = "cards.fees-revoked.v1",
        [typeof(FeesUploaded)] = "cards.fees-uploaded.v1",
        [typeof(PreSettlementRenewed)] = "cards.presettlement-renewed.v1",
        [typeof(PreSettled)] = "cards.visit-presettled.v1",
        [typeof(PreSettlementRefused)] = "cards.presettlement-refused.v1",
        [typeof(DebitReserved)] = "cards.debit-reserved.v1",
        [typeof(PurseDebited)] = "cards.purse-debited.v1",
        [typeof(DebitRefused)] = "cards.debit-refused.v1",
        [typeof(DebitUnknown)] = "cards.debit-unknown.v1",
        [typeof(DebitProvedNotCharged)] = "cards.debit-disproved.v1",
        [typeof(SettlementRequested)] = "cards.settlement-requested.v1",
        [typeof(SettlementUnknown)] = "cards.settlement-unknown.v1",
        [typeof(SettlementReversed)] = "cards.settlement-reversed.v1",
        [typeof(InsuranceSettled)] = "cards.insurance-settled.v1",
        [typeof(SettlementRefused)] = "cards.settlement-refused.v1",
        [typeof(SettlementMismatched)] = "cards.settlement-mismatched.v1",
        [typeof(SettlementCancelled)] = "cards.settlement-cancelled.v1",
        [typeof(RefundFellDue)] = "cards.refund-due.v1",
        [typeof(RefundUnknown)] = "cards.refund-unknown.v1",
        [typeof(RefundHeld)] = "cards.refund-held.v1",
        [typeof(PurseRefunded)] = "cards.purse-refunded.v1",
        [typeof(VisitReceipted)] = "cards.visit-receipted.v1",
        [typeof(VisitClosed)] = "cards.visit-closed.v1",
        [typeof(DayOpened)] = "cards.day-opened.v1",
        [typeof(StatementCollected)] = "cards.statement-collected.v1",
        [typeof(DayCompared)] = "cards.day-compared.v1",
        [typeof(DifferenceResolved)] = "cards.difference-resolved.v1",
        [typeof(DayClosed)] = "cards.day-closed.v1",
        [typeof(ShiftClosed)] = "cards.shift-closed.v1",
        [typeof(SourcePublished)] = "cards.source-published.v1",
        [typeof(SourceStopped)] = "cards.source-stopped.v1",
        [typeof(NumberLocked)] = "cards.number-locked.v1",
        [typeof(NumberExpired)] = "cards.number-expired.v1",
        [typeof(NumberBooked)] = "cards.number-booked.v1",
        [typeof(AppointmentVisit)] = "cards.appointment-visit.v1",
        [typeof(AppointmentArrived)] = "cards.appointment-arrived.v1",
        [typeof(AppointmentMissed)] = "cards.appointment-missed.v1",
        [typeof(AppointmentCancelled)] = "cards.appointment-cancelled.v1",
        [typeof(PoolHandedOut)] = "cards.pool-handed-out.v1",
        [typeof(PoolReturned)] = "cards.pool-returned.v1",
    };

    public static void Register(StoreOptions options)
    {
        foreach (var (type, name) in All) options.Events.MapEventType(type, name);
    }
}
