using System.Collections.Immutable;
using Health.CardBridge.Settlements;

namespace Health.CardBridge.Offline;

/// <summary>A debit of an offline visit. <paramref name="Outcome"/> null: intended, and nothing more was told.</summary>
public sealed record OfflineDebitView(OfflineDebitIntended Intended, string? Outcome, string? Tac)
{
    public PurseDebit Debit => Intended.Debit;
}

/// <summary>A visit carried out by a desk alone, folded from its facts. Pure.</summary>
public sealed record OfflineVisitState
{
    public static readonly OfflineVisitState Empty = new();

    public OfflineVisitRegistered? Registration { get; init; }

    /// <summary>By the key of the purse transaction.</summary>
    public ImmutableDictionary<string, OfflineDebitView> Debits { get; init; } = ImmutableDictionary<string, OfflineDebitView>.Empty;

    public bool IsCharged => Debits.Values.Any(debit => debit.Outcome == OfflineDebitDecided.Charged);

    public static OfflineVisitState Of(IEnumerable<IOfflineFact> facts) => facts.Aggregate(Empty, (state, fact) => state.Apply(fact));

    public OfflineVisitState Apply(IOfflineFact fact) => fact switch
    {
        OfflineVisitRegistered e => this with { Registration = e },
        OfflineDebitIntended e => this with { Debits = Debits.SetItem(e.Debit.Key, new OfflineDebitView(e, null, null)) },
        OfflineDebitDecided e => this with { Debits = Debits.SetItem(e.Key, Debits[e.Key] with { Outcome = e.Outcome, Tac = e.Tac }) },
        _ => throw new InvalidOperationException($"{fact.GetType().Name} is no fact of an offline visit."),
    };

    /// <summary>The debit an outcome speaks of.</summary>
    public OfflineDebitView? Find(int cardSeq, long termSeq) => Debits.Values.FirstOrDefault(debit => debit.Debit.CardSeq == cardSeq && debit.Debit.TermSeq == termSeq);
}
