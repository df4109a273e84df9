using Health.CardBridge.Log;

namespace Health.CardBridge.Issuing;

/// <summary>A fact of a card's own stream.</summary>
public interface ICardFact
{
    DateTimeOffset At { get; }
}

/// <summary>A batch of chips was made: one event, whatever their number.</summary>
public sealed record CardBatchMade(DateTimeOffset At, string BatchId, string ChipMaker, IReadOnlyList<string> ChipSerials, string ManifestSm3);

/// <param name="Holder">Sealed <see cref="CardHolder"/>.</param>
public sealed record CardPersonalised(DateTimeOffset At, string CardId, string ResidentId, string BatchId, string ChipSerial, string InstitutionCode, string DivisionCode, DateOnly ValidUntil, SealedPayload Holder) : ICardFact;

/// <summary>Handed to its holder.</summary>
/// <param name="Purse">Blind index of the bound purse.</param>
/// <param name="PurseNumber">Sealed <see cref="BoundPurse"/>.</param>
public sealed record CardHandedOut(DateTimeOffset At, string InstitutionCode, Guid Purse, SealedPayload PurseNumber) : ICardFact;

public sealed record CardActivated(DateTimeOffset At) : ICardFact;

public sealed record CardLost(DateTimeOffset At, string ReportedBy) : ICardFact;

public sealed record CardFound(DateTimeOffset At) : ICardFact;

public sealed record CardLocked(DateTimeOffset At, string Reason) : ICardFact;

public sealed record CardUnlocked(DateTimeOffset At) : ICardFact;

/// <summary>The city purse on the same chip. Only ever stored sealed.</summary>
public sealed record BoundPurse(string PurseNo);

/// <summary>A new chip under the same number; the old one is dead.</summary>
public sealed record CardReplaced(DateTimeOffset At, string BatchId, string NewChipSerial, string OldChipSerial) : ICardFact;

public sealed record CardCancelled(DateTimeOffset At, string Reason) : ICardFact;

/// <summary>The plastic of a cancelled card was taken in and destroyed.</summary>
public sealed record CardDestroyed(DateTimeOffset At, string ChipSerial) : ICardFact;

/// <summary>A purse on the chip that took the place of another.</summary>
/// <param name="PurseNumber">Sealed <see cref="BoundPurse"/>.</param>
public sealed record CardPurseBound(DateTimeOffset At, string ChipSerial, Guid Purse, SealedPayload PurseNumber) : ICardFact;

/// <summary>
/// Some thousand cards of a batch: one event, whatever their number. Holders stand in <paramref name="Holders"/>, each under a key of its own
/// (<see cref="Batches.HolderBlock"/>, docs/adr/0010); the card's own stream begins with its first individual act.
/// </summary>
/// <param name="Kind"><c>made</c> here, or <c>imported</c>: issued elsewhere before.</param>
/// <param name="FirstLine">Line of the orders the part begins with; the header is line 1.</param>
/// <param name="FileSm3">SM3 of the part file for the personaliser; empty for an import.</param>
public sealed record CardBatchPartMade(
    DateTimeOffset At, string BatchId, int Part, string Kind, int FirstLine, int Cards, int Rejected, string FirstChip, string LastChip, string FileSm3, DateOnly IssuedOn, byte[] Holders);

/// <summary>The personaliser returned the chips of a part.</summary>
public sealed record CardBatchPartPersonalised(DateTimeOffset At, string BatchId, int Part);

/// <summary>All parts of a batch are made.</summary>
/// <param name="OrdersSm3">SM3 of the orders as they came.</param>
public sealed record CardBatchClosed(DateTimeOffset At, string BatchId, string Kind, string OrdersSm3, int Parts, long Cards, long Rejected, string ManifestSm3);

/// <summary>Who holds the card, as printed into the chip. Only ever stored sealed.</summary>
public sealed record CardHolder(string CardNo, string IdNumber, string Name, string Gender, DateOnly BirthDate, string? PurseNo);
