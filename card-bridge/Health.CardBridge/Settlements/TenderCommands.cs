namespace Health.CardBridge.Settlements;

/// <summary>How the own share is to be paid: kind and fen of each leg, adding up to what is left of it.</summary>
public sealed record PlanTenders(DateTimeOffset At, IReadOnlyList<(TenderKind Kind, long AmountFen)> Wanted) : VisitCommand(At);

/// <summary>Collect a leg: the acquirer is asked next, or it is cash and the cashier has it.</summary>
public sealed record RequestTender(DateTimeOffset At, string Leg) : VisitCommand(At);

public sealed record ConfirmTender(DateTimeOffset At, string OrderNo, string Reference) : VisitCommand(At);

public sealed record RefuseTender(DateTimeOffset At, string OrderNo, string Reason) : VisitCommand(At);

public sealed record LoseTender(DateTimeOffset At, string OrderNo, string Reason) : VisitCommand(At);

public sealed record ConfirmTenderRefund(DateTimeOffset At, string Leg) : VisitCommand(At);

public sealed record LoseTenderRefund(DateTimeOffset At, string Leg, string Reason) : VisitCommand(At);

public sealed record RefuseTenderRefund(DateTimeOffset At, string Leg, string Reason) : VisitCommand(At);

/// <summary>A payment that was begun is not finished: what was collected goes back.</summary>
public sealed record AbandonCollection(DateTimeOffset At, string CancelMsgId, string Reason) : VisitCommand(At);

public sealed record ConfirmHisPosting(DateTimeOffset At, string ReceiptNumber) : VisitCommand(At);

public sealed record LoseHisPosting(DateTimeOffset At, string Reason) : VisitCommand(At);

/// <summary>Take the registration back; with money on the way, that goes back.</summary>
public sealed record CancelVisit(DateTimeOffset At, string MsgId) : VisitCommand(At);

public sealed record ConfirmVisitCancel(DateTimeOffset At) : VisitCommand(At);

public sealed record RefuseVisitCancel(DateTimeOffset At, string Reason) : VisitCommand(At);

/// <summary>Undo a settled visit.</summary>
public sealed record ReverseVisit(ReversalRequested Request) : VisitCommand(Request.At);

public sealed record ConfirmHisReversal(DateTimeOffset At, string RedReceiptNumber) : VisitCommand(At);

public sealed record ConfirmRedReceipt(DateTimeOffset At, string RedReceiptNumber) : VisitCommand(At);

public sealed record RateVisit(DateTimeOffset At, int Stars) : VisitCommand(At);
