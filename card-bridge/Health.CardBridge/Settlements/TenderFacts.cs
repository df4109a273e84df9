namespace Health.CardBridge.Settlements;

/// <summary>A leg as planned. <paramref name="Kind"/>: <c>purse</c>, <c>bank</c>, <c>mobile</c>, <c>cash</c>.</summary>
public sealed record PlannedTender(string Leg, string Kind, long AmountFen);

/// <summary>How what is left of the own share will be paid; replaces what was planned and not collected before.</summary>
public sealed record TendersPlanned(DateTimeOffset At, IReadOnlyList<PlannedTender> Tenders) : IVisitFact;

/// <summary>Written before the acquirer is asked. The pay code of the payer is used once and stands nowhere.</summary>
public sealed record TenderRequested(DateTimeOffset At, string Leg, string OrderNo) : IVisitFact;

/// <param name="OrderNo">Ours. Of cash, the number under which the till has it.</param>
/// <param name="Reference">How the acquirer names it; of cash, the same as <paramref name="OrderNo"/>.</param>
public sealed record TenderCollected(DateTimeOffset At, string Leg, string OrderNo, string Reference) : IVisitFact;

/// <summary>Not collected, and the acquirer will not collect under this number any more.</summary>
public sealed record TenderRefused(DateTimeOffset At, string Leg, string Reason) : IVisitFact;

public sealed record TenderUnknown(DateTimeOffset At, string Leg, string Reason) : IVisitFact;

public sealed record TenderRefundDue(DateTimeOffset At, string Leg, string RefundNo, string Reason) : IVisitFact;

public sealed record TenderRefundUnknown(DateTimeOffset At, string Leg, string Reason) : IVisitFact;

public sealed record TenderRefundHeld(DateTimeOffset At, string Leg, string Reason) : IVisitFact;

public sealed record TenderRefunded(DateTimeOffset At, string Leg) : IVisitFact;

/// <summary>The insurance was settled first and the own share was not collected: the settlement is to be cancelled there.</summary>
public sealed record SettlementAbandoned(DateTimeOffset At, string CancelMsgId, string Reason) : IVisitFact;

/// <summary>The hospital's system has the receipt.</summary>
public sealed record HisPosted(DateTimeOffset At, string ReceiptNumber) : IVisitFact;

/// <summary>It does not answer, or not with a yes: it is asked again under the same receipt number.</summary>
public sealed record HisPostingUnknown(DateTimeOffset At, string Reason) : IVisitFact;

/// <summary>A registration without fees is to be taken back (2202).</summary>
public sealed record VisitCancelRequested(DateTimeOffset At, string MsgId) : IVisitFact;

public sealed record VisitCancelRefused(DateTimeOffset At, string Reason) : IVisitFact;

public sealed record VisitCancelled(DateTimeOffset At) : IVisitFact;

/// <summary>
/// A settled visit is to be undone: at the insurer (2208), every leg, at the hospital's system, with a red receipt. Adds to what is written, takes nothing away.
/// </summary>
/// <param name="AfterClose">On a later day than the settlement, or after its day was sealed: the amounts count on this day.</param>
/// <param name="Reason">Sealed text of who asked for it.</param>
public sealed record ReversalRequested(DateTimeOffset At, string CancelMsgId, bool AfterClose, Log.SealedPayload Reason) : IVisitFact;

public sealed record HisReversed(DateTimeOffset At, string RedReceiptNumber) : IVisitFact;

/// <summary>The end of a reversal: the red receipt is in the record.</summary>
public sealed record RedReceiptIssued(DateTimeOffset At, string RedReceiptNumber) : IVisitFact;

/// <param name="Stars">1 to 5.</param>
public sealed record VisitRated(DateTimeOffset At, int Stars) : IVisitFact;
