using Health.CardBridge.Log;

namespace Health.CardBridge.Settlements;

/// <summary>A fact of a visit transaction's stream. Money in fen. Personal parts are sealed.</summary>
public interface IVisitFact
{
    DateTimeOffset At { get; }
}

/// <param name="Digest">Blind digest of the request, so that a repeat is told from a contradiction.</param>
/// <param name="Holder">Sealed <c>HolderOfVisit</c>.</param>
public sealed record VisitRequested(
    DateTimeOffset At, string VisitTx, string InstitutionCode, string DeskId, string ResidentId, string CardId, string ChipSerial, string VisitNumber,
    string DepartmentCode, string PersonMsgId, string RegisterMsgId, Guid Digest, SealedPayload Holder) : IVisitFact;

/// <param name="Insured">Sealed <c>InsuredVisit</c>.</param>
public sealed record VisitRegisteredAtInsurer(DateTimeOffset At, string PatientId, string EncounterId, SealedPayload Insured) : IVisitFact;

public sealed record VisitRegistrationRefused(DateTimeOffset At, string Reason) : IVisitFact;

/// <param name="RevokeMsgId">Set when lines of an earlier try may lie at the insurer.</param>
/// <param name="Lines">Sealed list of <c>FeeLine</c>.</param>
/// <param name="InsuranceFirst">The institution settles with the insurance before it collects; absent: after.</param>
public sealed record FeesTaken(
    DateTimeOffset At, long TotalFen, int LineCount, Guid Digest, string ChargeBatch, string VisitMsgId, string? RevokeMsgId, string FeesMsgId, string PreSettleMsgId,
    SealedPayload Lines, bool? InsuranceFirst = null) : IVisitFact;

public sealed record VisitUploaded(DateTimeOffset At) : IVisitFact;

public sealed record FeesRevoked(DateTimeOffset At) : IVisitFact;

public sealed record FeesUploaded(DateTimeOffset At) : IVisitFact;

/// <summary>A new 2206 on the same lines: the last one expired.</summary>
public sealed record PreSettlementRenewed(DateTimeOffset At, string PreSettleMsgId) : IVisitFact;

public sealed record PreSettled(DateTimeOffset At, long TotalFen, long FundFen, long AccountFen, long SelfFen, DateTimeOffset ExpiresAt) : IVisitFact;

public sealed record PreSettlementRefused(DateTimeOffset At, string Reason) : IVisitFact;

public sealed record DebitReserved(DateTimeOffset At, PurseDebit Debit) : IVisitFact;

/// <param name="Proved">Decided after not being known.</param>
public sealed record PurseDebited(DateTimeOffset At, string Tac, string? Mac2, bool Proved) : IVisitFact;

public sealed record DebitRefused(DateTimeOffset At, string Sw) : IVisitFact;

public sealed record DebitUnknown(DateTimeOffset At, string Reason) : IVisitFact;

public sealed record DebitProvedNotCharged(DateTimeOffset At) : IVisitFact;

public sealed record SettlementRequested(DateTimeOffset At, int Attempt, string MsgId) : IVisitFact;

public sealed record SettlementUnknown(DateTimeOffset At, string Reason, string ReversalMsgId) : IVisitFact;

/// <summary>The insurer said what became of the lost 2207: it does not count (any more). The same lines are pre-settled anew.</summary>
/// <param name="Found">It had been carried out and was reversed; false: it never arrived.</param>
public sealed record SettlementReversed(DateTimeOffset At, bool Found, string PreSettleMsgId) : IVisitFact;

public sealed record InsuranceSettled(DateTimeOffset At, string SettlementId, long TotalFen, long FundFen, long AccountFen, long SelfFen) : IVisitFact;

public sealed record SettlementRefused(DateTimeOffset At, string Reason) : IVisitFact;

/// <summary>Settled at the insurer with amounts that are not those paid: to be cancelled there.</summary>
public sealed record SettlementMismatched(DateTimeOffset At, string SettlementId, long SelfFen, string CancelMsgId, string Reason) : IVisitFact;

public sealed record SettlementCancelled(DateTimeOffset At) : IVisitFact;

/// <summary>Debited, but it will not be settled.</summary>
public sealed record RefundFellDue(DateTimeOffset At, string RefundId, long AmountFen, string Reason) : IVisitFact;

public sealed record RefundUnknown(DateTimeOffset At, string Reason) : IVisitFact;

public sealed record RefundHeld(DateTimeOffset At, string Reason) : IVisitFact;

public sealed record PurseRefunded(DateTimeOffset At) : IVisitFact;

public sealed record VisitReceipted(DateTimeOffset At, string ReceiptNumber) : IVisitFact;

public sealed record VisitClosed(DateTimeOffset At) : IVisitFact;
