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

/// <summary>Who holds the card, as printed into the chip. Only ever stored sealed.</summary>
public sealed record CardHolder(string CardNo, string IdNumber, string Name, string Gender, DateOnly BirthDate, string? PurseNo);
