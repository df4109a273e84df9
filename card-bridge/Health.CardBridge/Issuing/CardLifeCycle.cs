using Health.CardBridge.Log;
using Health.Contracts;

namespace Health.CardBridge.Issuing;

/// <summary>Where a card stands (card domain §1.8, §5.7).</summary>
public enum CardStage
{
    None,
    /// <summary>Its data were made; the chips are with the personaliser.</summary>
    Made,
    Personalised,
    Issued,
    Active,
    Lost,
    Locked,
    Cancelled,
    /// <summary>Cancelled, and its plastic destroyed.</summary>
    Destroyed,
}

/// <summary>A card, folded from its facts. Pure.</summary>
public sealed record CardState
{
    public static readonly CardState Empty = new();

    public CardStage Stage { get; init; }
    public CardPersonalised? Made { get; init; }
    public string? ChipSerial { get; init; }
    public SealedPayload? Holder { get; init; }
    public Guid? Purse { get; init; }
    public SealedPayload? PurseNumber { get; init; }
    public DateTimeOffset ChangedAt { get; init; }

    /// <summary>The chip whose place the present one took.</summary>
    public string? ReplacedChip { get; init; }

    /// <summary>The card has no stream of its own yet: what is known comes from its batch part.</summary>
    public bool IsOfPart { get; init; }

    public static CardState Of(IEnumerable<ICardFact> facts) => facts.Aggregate(Empty, (state, fact) => state.Apply(fact));

    public CardState Apply(ICardFact fact) => (fact switch
    {
        CardPersonalised e => this with { Stage = CardStage.Personalised, Made = e, ChipSerial = e.ChipSerial, Holder = e.Holder },
        CardHandedOut e => this with { Stage = CardStage.Issued, Purse = e.Purse, PurseNumber = e.PurseNumber },
        CardActivated or CardFound or CardUnlocked => this with { Stage = CardStage.Active },
        CardLost => this with { Stage = CardStage.Lost },
        CardLocked => this with { Stage = CardStage.Locked },
        // The purse was on the old chip: a new one is bound next.
        CardReplaced e => this with { Stage = CardStage.Active, ChipSerial = e.NewChipSerial, ReplacedChip = e.OldChipSerial, Purse = null, PurseNumber = null },
        CardPurseBound e => this with { Purse = e.Purse, PurseNumber = e.PurseNumber },
        CardCancelled => this with { Stage = CardStage.Cancelled },
        CardDestroyed => this with { Stage = CardStage.Destroyed },
        _ => throw new InvalidOperationException($"{fact.GetType().Name} is no fact of a card."),
    }) with { ChangedAt = fact.At };
}

/// <summary>The life cycle: which fact may follow in which stage. A repeat gives no fact; a cancelled card stays cancelled. Pure.</summary>
public static class CardDecider
{
    public static (ICardFact? Fact, Refusal? Refusal) Decide(ICardFact wanted, CardState state)
    {
        if (IsOver(wanted, state)) return wanted is CardCancelled ? (null, null) : (null, Refusal.Conflict("The card is cancelled for good."));
        var (from, to) = Moves(wanted);
        if (state.Stage == CardStage.Made) return (null, Refusal.Conflict("The chip of this card is with the personaliser."));
        if (wanted is CardPurseBound bound && bound.ChipSerial != state.ChipSerial) return (null, Refusal.Conflict("This chip is not the card's."));
        if (IsRepeat(wanted, to, state)) return (null, null);
        return from.Contains(state.Stage) ? (wanted, null) : (null, Refusal.Conflict($"A card that is {state.Stage.ToString().ToLowerInvariant()} cannot become {to.ToString().ToLowerInvariant()}."));
    }

    private static bool IsOver(ICardFact wanted, CardState state) => state.Stage is CardStage.Cancelled or CardStage.Destroyed && wanted is not CardDestroyed;

    private static bool IsRepeat(ICardFact wanted, CardStage to, CardState state) => wanted switch
    {
        CardReplaced replaced => state.ChipSerial == replaced.NewChipSerial,
        CardPersonalised made => state.Made is { } known && known.ChipSerial == made.ChipSerial,
        CardHandedOut => state.Stage is CardStage.Issued or CardStage.Active,
        CardActivated => state.Stage == CardStage.Active,
        CardPurseBound bound => state.ChipSerial == bound.ChipSerial && state.Purse is not null,
        _ => state.Stage == to,
    };

    private static (CardStage[] From, CardStage To) Moves(ICardFact wanted) => wanted switch
    {
        CardPersonalised => ([CardStage.None], CardStage.Personalised),
        CardHandedOut => ([CardStage.Personalised], CardStage.Issued),
        CardActivated => ([CardStage.Issued], CardStage.Active),
        CardLost => ([CardStage.Issued, CardStage.Active, CardStage.Locked], CardStage.Lost),
        CardFound => ([CardStage.Lost], CardStage.Active),
        CardLocked => ([CardStage.Active], CardStage.Locked),
        CardUnlocked => ([CardStage.Locked], CardStage.Active),
        CardReplaced => ([CardStage.Active, CardStage.Lost, CardStage.Locked], CardStage.Active),
        CardPurseBound => ([CardStage.Active], CardStage.Active),
        CardDestroyed => ([CardStage.Cancelled], CardStage.Destroyed),
        CardCancelled => ([CardStage.Personalised, CardStage.Issued, CardStage.Active, CardStage.Lost, CardStage.Locked], CardStage.Cancelled),
        _ => throw new InvalidOperationException($"{wanted.GetType().Name} is no fact of a card."),
    };
}
