using Health.CardBridge.Log;
using Health.Contracts;

namespace Health.CardBridge.Issuing;

/// <summary>Where a card stands (card domain §1.8, §5.7).</summary>
public enum CardStage
{
    None,
    Personalised,
    Issued,
    Active,
    Lost,
    Locked,
    Cancelled,
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

    public static CardState Of(IEnumerable<ICardFact> facts) => facts.Aggregate(Empty, (state, fact) => state.Apply(fact));

    public CardState Apply(ICardFact fact) => (fact switch
    {
        CardPersonalised e => this with { Stage = CardStage.Personalised, Made = e, ChipSerial = e.ChipSerial, Holder = e.Holder },
        CardHandedOut e => this with { Stage = CardStage.Issued, Purse = e.Purse, PurseNumber = e.PurseNumber },
        CardActivated or CardFound or CardUnlocked => this with { Stage = CardStage.Active },
        CardLost => this with { Stage = CardStage.Lost },
        CardLocked => this with { Stage = CardStage.Locked },
        CardReplaced e => this with { Stage = CardStage.Active, ChipSerial = e.NewChipSerial },
        CardCancelled => this with { Stage = CardStage.Cancelled },
        _ => throw new InvalidOperationException($"{fact.GetType().Name} is no fact of a card."),
    }) with { ChangedAt = fact.At };
}

/// <summary>The life cycle: which fact may follow in which stage. A repeat gives no fact; a cancelled card stays cancelled. Pure.</summary>
public static class CardDecider
{
    public static (ICardFact? Fact, Refusal? Refusal) Decide(ICardFact wanted, CardState state)
    {
        if (state.Stage == CardStage.Cancelled) return wanted is CardCancelled ? (null, null) : (null, Refusal.Conflict("The card is cancelled for good."));
        var (from, to) = Moves(wanted);
        if (IsRepeat(wanted, to, state)) return (null, null);
        return from.Contains(state.Stage) ? (wanted, null) : (null, Refusal.Conflict($"A card that is {state.Stage.ToString().ToLowerInvariant()} cannot become {to.ToString().ToLowerInvariant()}."));
    }

    private static bool IsRepeat(ICardFact wanted, CardStage to, CardState state) => wanted switch
    {
        CardReplaced replaced => state.ChipSerial == replaced.NewChipSerial,
        CardPersonalised made => state.Made is { } known && known.ChipSerial == made.ChipSerial,
        CardHandedOut => state.Stage is CardStage.Issued or CardStage.Active,
        CardActivated => state.Stage == CardStage.Active,
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
        CardCancelled => ([CardStage.Personalised, CardStage.Issued, CardStage.Active, CardStage.Lost, CardStage.Locked], CardStage.Cancelled),
        _ => throw new InvalidOperationException($"{wanted.GetType().Name} is no fact of a card."),
    };
}
