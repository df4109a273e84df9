using Health.CardBridge.Log;

namespace Health.CardBridge.Settlements;

/// <summary>What is asked of a visit transaction, by the desk or by the process manager. Time and ids come with it.</summary>
public abstract record VisitCommand(DateTimeOffset At);

public sealed record RequestVisit(VisitRequested Request) : VisitCommand(Request.At);

public sealed record ConfirmRegistration(DateTimeOffset At, string PatientId, string EncounterId, SealedPayload Insured) : VisitCommand(At);

public sealed record RefuseRegistration(DateTimeOffset At, string Reason) : VisitCommand(At);

/// <summary>Pre-settle these lines. The ids are used only if something new has to be asked.</summary>
public sealed record TakeFees(FeesTaken Fees) : VisitCommand(Fees.At);

public sealed record ConfirmVisitUpload(DateTimeOffset At) : VisitCommand(At);

public sealed record ConfirmFeesRevoked(DateTimeOffset At) : VisitCommand(At);

public sealed record ConfirmFeesUpload(DateTimeOffset At) : VisitCommand(At);

public sealed record ConfirmPreSettlement(DateTimeOffset At, Split Split) : VisitCommand(At);

public sealed record RefusePreSettlement(DateTimeOffset At, string Reason) : VisitCommand(At);

public sealed record ReserveDebit(DateTimeOffset At, PurseDebit Debit) : VisitCommand(At);

/// <param name="ProofHolds">The TAC was recomputed and agrees.</param>
public sealed record ReportDebit(DateTimeOffset At, DeskReport Outcome, int CardSeq, long TermSeq, string Tac, string? Mac2, string Sw, bool ProofHolds) : VisitCommand(At);

/// <summary>The desk fell silent after it reserved.</summary>
public sealed record GiveUpWaitingForDebit(DateTimeOffset At) : VisitCommand(At);

public sealed record RequestSettlement(DateTimeOffset At, string MsgId) : VisitCommand(At);

/// <param name="CancelMsgId">For 2208, should the amounts disagree.</param>
public sealed record ConfirmSettlement(DateTimeOffset At, string SettlementId, Split Split, string CancelMsgId) : VisitCommand(At);

public sealed record RefuseSettlement(DateTimeOffset At, string Reason) : VisitCommand(At);

public sealed record LoseSettlement(DateTimeOffset At, string Reason, string ReversalMsgId) : VisitCommand(At);

public sealed record ConfirmReversal(DateTimeOffset At, bool Found, string PreSettleMsgId) : VisitCommand(At);

public sealed record ConfirmCancellation(DateTimeOffset At) : VisitCommand(At);

public sealed record LoseRefund(DateTimeOffset At, string Reason) : VisitCommand(At);

public sealed record RefuseRefund(DateTimeOffset At, string Reason) : VisitCommand(At);

public sealed record ConfirmRefund(DateTimeOffset At) : VisitCommand(At);

public sealed record ConfirmRecords(DateTimeOffset At, string ReceiptNumber) : VisitCommand(At);

public sealed record CloseVisit(DateTimeOffset At) : VisitCommand(At);
