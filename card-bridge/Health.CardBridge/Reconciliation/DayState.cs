using System.Collections.Immutable;

namespace Health.CardBridge.Reconciliation;

/// <summary>Open → Collected → Matched | Differing → Resolved → Closed (card domain §5.6).</summary>
public enum DayStage
{
    None,
    Open,
    Collected,
    Matched,
    Differing,
    Resolved,
    Closed,
}

/// <summary>The day of one institution, folded from its facts. Pure.</summary>
public sealed record DayState
{
    public static readonly DayState Empty = new();

    public DayStage Stage { get; init; }
    public string InstitutionCode { get; init; } = "";
    public DateOnly Day { get; init; }
    public ImmutableSortedDictionary<string, StatementCollected> Statements { get; init; } = ImmutableSortedDictionary<string, StatementCollected>.Empty;
    public DayCompared? Compared { get; init; }
    public ImmutableHashSet<Guid> Resolved { get; init; } = [];

    /// <summary>Differences of the last comparison that wait for somebody.</summary>
    public int Open { get; init; }
    public DayClosed? Closed { get; init; }
    public DateTimeOffset ChangedAt { get; init; }

    public static DayState Of(IEnumerable<IDayFact> facts) => facts.Aggregate(Empty, (state, fact) => state.Apply(fact));

    public DayState Apply(IDayFact fact) => (fact switch
    {
        DayOpened e => this with { Stage = DayStage.Open, InstitutionCode = e.InstitutionCode, Day = e.Day },
        StatementCollected e => this with { Stage = DayStage.Collected, Statements = Statements.SetItem(e.Party, e), Compared = null },
        DayCompared e => this with { Stage = e.Open > 0 ? DayStage.Differing : Resolved.Count > 0 ? DayStage.Resolved : DayStage.Matched, Compared = e, Open = e.Open },
        DifferenceResolved e => this with { Resolved = Resolved.Add(e.DifferenceId), Open = Open - 1, Stage = Open == 1 ? DayStage.Resolved : Stage },
        DayClosed e => this with { Stage = DayStage.Closed, Closed = e },
        _ => throw new InvalidOperationException($"{fact.GetType().Name} is no fact of a day."),
    }) with { ChangedAt = fact.At };
}
