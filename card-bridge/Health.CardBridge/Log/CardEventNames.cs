using Health.CardBridge.Issuing;
using Health.CardBridge.Reconciliation;
using Health.CardBridge.Registrations;
using Health.CardBridge.Loads;
using Health.CardBridge.Offline;
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
        [typeof(CardDestroyed)] = "cards.card-destroyed.v1",
        [typeof(CardPurseBound)] = "cards.card-purse-bound.v1",
        [typeof(CardBatchPartMade)] = "cards.card-batch-part-made.v1",
        [typeof(CardBatchPartPersonalised)] = "cards.card-batch-part-personalised.v1",
        [typeof(CardBatchClosed)] = "cards.card-batch-closed.v1",
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
        [typeof(OfflineVisitRegistered)] = "cards.offline-registered.v1",
        [typeof(OfflineDebitIntended)] = "cards.offline-debit-intended.v1",
        [typeof(OfflineDebitDecided)] = "cards.offline-debit-decided.v1",
        [typeof(LoadRequested)] = "cards.load-requested.v1",
        [typeof(LoadAuthorised)] = "cards.load-authorised.v1",
        [typeof(LoadRefused)] = "cards.load-refused.v1",
        [typeof(LoadDecided)] = "cards.load-decided.v1",
        [typeof(TendersPlanned)] = "cards.tenders-planned.v1",
        [typeof(TenderRequested)] = "cards.tender-requested.v1",
        [typeof(TenderCollected)] = "cards.tender-collected.v1",
        [typeof(TenderRefused)] = "cards.tender-refused.v1",
        [typeof(TenderUnknown)] = "cards.tender-unknown.v1",
        [typeof(TenderRefundDue)] = "cards.tender-refund-due.v1",
        [typeof(TenderRefundUnknown)] = "cards.tender-refund-unknown.v1",
        [typeof(TenderRefundHeld)] = "cards.tender-refund-held.v1",
        [typeof(TenderRefunded)] = "cards.tender-refunded.v1",
        [typeof(SettlementAbandoned)] = "cards.settlement-abandoned.v1",
        [typeof(HisPosted)] = "cards.his-posted.v1",
        [typeof(HisPostingUnknown)] = "cards.his-posting-unknown.v1",
        [typeof(VisitCancelRequested)] = "cards.visit-cancel-requested.v1",
        [typeof(VisitCancelRefused)] = "cards.visit-cancel-refused.v1",
        [typeof(VisitCancelled)] = "cards.visit-cancelled.v1",
        [typeof(ReversalRequested)] = "cards.reversal-requested.v1",
        [typeof(HisReversed)] = "cards.his-reversed.v1",
        [typeof(RedReceiptIssued)] = "cards.red-receipt.v1",
        [typeof(VisitRated)] = "cards.visit-rated.v1",
    };

    public static void Register(StoreOptions options)
    {
        foreach (var (type, name) in All) options.Events.MapEventType(type, name);
    }
}
