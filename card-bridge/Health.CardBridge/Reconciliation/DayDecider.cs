using Health.Contracts;

namespace Health.CardBridge.Reconciliation;

/// <summary>New facts (none: it was so already), or the reason why not.</summary>
public sealed record DayDecision(IReadOnlyList<IDayFact> Facts, Refusal? Refusal)
{
    public static readonly DayDecision Nothing = new([], null);

    public static DayDecision Of(params IDayFact[] facts) => new(facts, null);

    public static DayDecision No(string diagnostics) => new([], Refusal.Conflict(diagnostics));
}

/// <summary>What still stands against the seal of a day.</summary>
/// <param name="LedgerDigest">Of the bridge's entries as they are now.</param>
/// <param name="Unknown">Entries of which it is not known whether they count.</param>
/// <param name="OpenShifts">Entries of cashiers who have not closed their shift.</param>
public sealed record Obstacles(string LedgerDigest, long Unknown, long OpenShifts);

/// <summary>What may happen to a day. Pure: time, sums and digests come with the call.</summary>
public static class DayDecider
{
    public static DayDecision Open(DateTimeOffset at, string institutionCode, DateOnly day, DayState state) =>
        state.Stage == DayStage.None ? DayDecision.Of(new DayOpened(at, institutionCode, day)) : DayDecision.Nothing;

    public static DayDecision Collect(StatementCollected statement, DayState state)
    {
        if (state.Stage == DayStage.Closed) return Same(statement, state) ? DayDecision.Nothing : DayDecision.No("The day is closed: what comes now belongs to a later day.");
        if (state.Stage == DayStage.None) return DayDecision.No("The day was not opened.");
        return Same(statement, state) ? DayDecision.Nothing : DayDecision.Of(statement);
    }

    /// <param name="needed">Parties whose statement must be here before anything is compared.</param>
    public static DayDecision Compare(DayCompared compared, IEnumerable<string> needed, DayState state)
    {
        if (state.Stage is DayStage.None or DayStage.Closed) return DayDecision.No(state.Stage == DayStage.None ? "The day was not opened." : "The day is closed.");
        var missing = needed.Where(party => !state.Statements.ContainsKey(party)).ToList();
        if (missing.Count > 0) return DayDecision.No($"These statements are missing: {string.Join(", ", missing)}.");
        var same = state.Compared is { } before && before.LedgerDigest == compared.LedgerDigest && state.Open == compared.Open && before.Parties.SequenceEqual(compared.Parties);
        return same ? DayDecision.Nothing : DayDecision.Of(compared);
    }

    public static DayDecision Resolve(DifferenceResolved resolved, DayState state)
    {
        if (state.Resolved.Contains(resolved.DifferenceId)) return DayDecision.Nothing;
        if (state.Stage is not (DayStage.Differing or DayStage.Resolved)) return DayDecision.No("The day has no open difference.");
        return resolved.Reason.Trim().Length == 0
            ? new DayDecision([], Refusal.Unprocessable("A resolution needs a reason.", "reason"))
            : DayDecision.Of(resolved);
    }

    /// <param name="today">In China: a day is closed when it is over.</param>
    public static DayDecision Close(DayClosed closed, Obstacles now, DateOnly today, DayState state)
    {
        if (state.Stage == DayStage.Closed) return DayDecision.Nothing;
        if (state.Compared is not { } compared) return DayDecision.No("The day was not compared since its last statement came.");
        if (state.Day >= today) return DayDecision.No("The day is not over.");
        if (state.Open > 0) return DayDecision.No($"{state.Open} differences are open.");
        if (now.Unknown > 0) return DayDecision.No($"Of {now.Unknown} amounts it is not known whether they count.");
        if (now.OpenShifts > 0) return DayDecision.No($"{now.OpenShifts} amounts belong to shifts that are not closed.");
        if (now.LedgerDigest != compared.LedgerDigest) return DayDecision.No("Entries changed since they were compared: compare again.");
        return DayDecision.Of(closed);
    }

    private static bool Same(StatementCollected statement, DayState state) =>
        state.Statements.TryGetValue(statement.Party, out var known) && known with { At = statement.At } == statement;
}
