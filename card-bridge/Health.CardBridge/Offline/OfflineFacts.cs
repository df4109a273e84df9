using Health.CardBridge.Log;
using Health.CardBridge.Settlements;

namespace Health.CardBridge.Offline;

/// <summary>A fact of a visit that a desk carried out alone, as its signed journal told it. At: the desk's time. Personal parts are sealed.</summary>
public interface IOfflineFact
{
    DateTimeOffset At { get; }

    /// <summary>Number of the entry in the desk's journal.</summary>
    long Seq { get; }
}

/// <param name="ResidentId">Null when the card is not one of ours; then the person is sealed under the node's key until somebody looks.</param>
/// <param name="Holder">Sealed <c>CardHolder</c>.</param>
public sealed record OfflineVisitRegistered(
    DateTimeOffset At, long Seq, string VisitTx, string InstitutionCode, string DeskId, string VisitNumber, string DepartmentCode, string CardId, string ChipSerial, string? ResidentId,
    DateTimeOffset TakenAt, SealedPayload Holder) : IOfflineFact;

/// <param name="PurseNumber">Sealed <c>BoundPurse</c>.</param>
/// <param name="Lines">Sealed fee lines.</param>
public sealed record OfflineDebitIntended(DateTimeOffset At, long Seq, PurseDebit Debit, long TotalFen, SealedPayload PurseNumber, SealedPayload Lines) : IOfflineFact;

/// <param name="Key">Of the purse transaction.</param>
/// <param name="Outcome"><c>charged</c>, <c>not-charged</c> or <c>unknown</c>.</param>
public sealed record OfflineDebitDecided(DateTimeOffset At, long Seq, string Key, string Outcome, string? Tac, string? Mac2) : IOfflineFact
{
    public const string Charged = "charged", NotCharged = "not-charged", Unknown = "unknown";
}
