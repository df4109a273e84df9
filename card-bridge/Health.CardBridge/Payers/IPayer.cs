using Health.CardBridge.Settlements;

namespace Health.CardBridge.Payers;

/// <summary>The number of a message, fixed before it is first sent and reused in every retry, and who sends it.</summary>
public sealed record PayerMessage(string MsgId, string InstitutionCode, string DeskId, DateTimeOffset At);

/// <summary>The person as insured (1101).</summary>
public sealed record InsuredPerson(string PersonNumber, string InsuranceType, string InsuranceDivision);

/// <summary>A registered visit as the payer knows it (2201).</summary>
public sealed record InsuredVisit(string PersonNumber, string InsuranceType, string InsuranceDivision, string VisitId, string IdNumber);

/// <summary>What 2206 and 2207 are asked with.</summary>
public sealed record Bill(InsuredVisit Visit, string ChargeBatch, Contracts.Fen Total);

/// <param name="SettlementId">setl_id.</param>
public sealed record SettledBill(string SettlementId, Split Split);

/// <summary>What became of a message whose answer was lost. <paramref name="Found"/>: it had been carried out and is undone now.</summary>
public sealed record Reversal(bool Found);

/// <summary>
/// A health insurance as the desk needs it (region domain §7): chosen by day and place in <see cref="PayerBook"/>, two-phase, reversible. Every
/// call may be repeated with the same message number.
/// </summary>
public interface IPayer
{
    Task<PayerAnswer<InsuredPerson>> FindPerson(PayerMessage message, string idNumber, CancellationToken ct);

    Task<PayerAnswer<string>> Register(PayerMessage message, InsuredPerson person, string idNumber, string visitNumber, string departmentCode, CancellationToken ct);

    /// <summary>Takes a registration back (2202). Refused when something was settled on it.</summary>
    Task<PayerAnswer<Done>> CancelRegistration(PayerMessage message, InsuredVisit visit, CancellationToken ct);

    Task<PayerAnswer<Done>> UploadVisit(PayerMessage message, InsuredVisit visit, string departmentCode, CancellationToken ct);

    Task<PayerAnswer<Done>> UploadFees(PayerMessage message, InsuredVisit visit, string chargeBatch, IReadOnlyList<FeeLine> lines, CancellationToken ct);

    Task<PayerAnswer<Done>> RevokeFees(PayerMessage message, InsuredVisit visit, CancellationToken ct);

    Task<PayerAnswer<Split>> PreSettle(PayerMessage message, Bill bill, CancellationToken ct);

    Task<PayerAnswer<SettledBill>> Settle(PayerMessage message, Bill bill, CancellationToken ct);

    Task<PayerAnswer<Done>> CancelSettlement(PayerMessage message, InsuredVisit visit, string settlementId, CancellationToken ct);

    /// <summary>Decides a settlement whose answer was lost: afterwards it does not count, whether it had arrived or not.</summary>
    Task<PayerAnswer<Reversal>> Reverse(PayerMessage message, InsuredVisit visit, string originalMsgId, CancellationToken ct);
}
