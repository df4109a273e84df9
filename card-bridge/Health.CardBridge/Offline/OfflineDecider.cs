namespace Health.CardBridge.Offline;

/// <summary>What follows from an entry: facts, and what a person must look at. <paramref name="Finding"/> is a kind of the exception list.</summary>
public sealed record OfflineDecision(IOfflineFact? Fact, string? Finding);

/// <summary>
/// Decides what a signed entry means. An entry in its place in the chain is never refused, for it tells of money that moved; what does not fit is a finding. Pure.
/// </summary>
public static class OfflineDecider
{
    public static OfflineDecision Decide(IOfflineFact told, OfflineVisitState state) => told switch
    {
        OfflineVisitRegistered when state.Registration is not null => new(null, "offline-registered-twice"),
        OfflineVisitRegistered e => new(e, null),
        OfflineDebitIntended e when state.Debits.ContainsKey(e.Debit.Key) => new(null, "offline-debit-intended-twice"),
        OfflineDebitIntended e when state.Registration is null => new(e, "offline-debit-without-visit"),
        OfflineDebitIntended e when state.Debits.Values.Any(IsOpen) => new(e, "offline-debit-while-another-is-open"),
        OfflineDebitIntended e when state.IsCharged => new(e, "offline-debit-after-payment"),
        OfflineDebitIntended e => new(e, null),
        OfflineDebitDecided e => Outcome(e, state),
        _ => throw new InvalidOperationException($"{told.GetType().Name} is no fact of an offline visit."),
    };

    private static OfflineDecision Outcome(OfflineDebitDecided told, OfflineVisitState state)
    {
        if (!state.Debits.TryGetValue(told.Key, out var known)) return new(null, "offline-outcome-without-debit");
        if (known.Outcome == told.Outcome) return new(null, known.Tac == told.Tac ? null : "offline-outcome-with-another-tac");
        if (!IsOpen(known)) return told.Outcome == OfflineDebitDecided.Unknown ? new(null, null) : new(null, "offline-outcome-contradicts");
        return new(told, told.Outcome == OfflineDebitDecided.Charged && state.IsCharged ? "offline-visit-paid-twice" : null);
    }

    private static bool IsOpen(OfflineDebitView debit) => debit.Outcome is null or OfflineDebitDecided.Unknown;
}
