namespace Health.CardBridge.Reconciliation;

/// <summary>How an amount of ours and one of theirs stand to each other.</summary>
public enum MatchKind
{
    Matched,
    OnlyOurs,
    OnlyTheirs,
    /// <summary>The same reference, another amount.</summary>
    Amount,
    /// <summary>The same amount, but one side does not know whether it counts.</summary>
    Status,
    /// <summary>A line of theirs that says again what another said.</summary>
    Repeated,
}

/// <summary>One result; at least one side is there.</summary>
public sealed record Match(MatchKind Kind, PartyLine? Ours, PartyLine? Theirs)
{
    public PartyLine Line => Ours ?? Theirs!;

    public string Reference => Line.Reference;
}

/// <summary>
/// Compares two ledgers (card domain §5.6): a merge join over (reference, kind). Both sides come in that order and are read once; what is held is
/// the lines of one key. Pure, O(n) for keys that stand once.
/// </summary>
public static class Matcher
{
    /// <exception cref="InvalidOperationException">A side is not in order.</exception>
    public static IEnumerable<Match> Compare(IEnumerable<PartyLine> ours, IEnumerable<PartyLine> theirs)
    {
        using var left = new Side(ours, "ours");
        using var right = new Side(theirs, "theirs");
        List<PartyLine> mine = [], others = [];
        while (left.Head is not null || right.Head is not null)
        {
            var order = left.Head is null ? 1 : right.Head is null ? -1 : PartyLine.CompareKeys(left.Head, right.Head);
            mine.Clear();
            others.Clear();
            if (order <= 0) left.TakeKey(mine);
            if (order >= 0) right.TakeKey(others);
            if (mine.Count == 1 && others.Count == 1) yield return Pair(mine[0], others[0]);
            else foreach (var match in OfKey(mine, others)) yield return match;
        }
    }

    /// <summary>Lines of one key: equal amounts meet first, the rest in order of amount; what is left over stands alone.</summary>
    private static IEnumerable<Match> OfKey(List<PartyLine> mine, List<PartyLine> others)
    {
        mine.Sort((a, b) => a.AmountFen.CompareTo(b.AmountFen));
        others.Sort((a, b) => a.AmountFen.CompareTo(b.AmountFen));
        List<PartyLine> restOfMine = [], restOfOthers = [];
        HashSet<long> met = [];
        int i = 0, j = 0;
        while (i < mine.Count || j < others.Count)
        {
            if (j == others.Count || (i < mine.Count && mine[i].AmountFen < others[j].AmountFen)) restOfMine.Add(mine[i++]);
            else if (i == mine.Count || others[j].AmountFen < mine[i].AmountFen) restOfOthers.Add(others[j++]);
            else
            {
                met.Add(mine[i].AmountFen);
                yield return Pair(mine[i++], others[j++]);
            }
        }
        var paired = 0;
        foreach (var other in restOfOthers)
        {
            if (!met.Add(other.AmountFen)) yield return new Match(MatchKind.Repeated, null, other);
            else if (paired < restOfMine.Count) yield return Pair(restOfMine[paired++], other);
            else yield return new Match(MatchKind.OnlyTheirs, null, other);
        }
        foreach (var alone in restOfMine.Skip(paired)) yield return new Match(MatchKind.OnlyOurs, alone, null);
    }

    private static Match Pair(PartyLine ours, PartyLine theirs) => new(
        ours.AmountFen != theirs.AmountFen ? MatchKind.Amount : ours.IsDecided && theirs.IsDecided ? MatchKind.Matched : MatchKind.Status, ours, theirs);

    private sealed class Side : IDisposable
    {
        private readonly IEnumerator<PartyLine> lines;
        private readonly string name;

        public Side(IEnumerable<PartyLine> lines, string name)
        {
            this.lines = lines.GetEnumerator();
            this.name = name;
            Head = this.lines.MoveNext() ? this.lines.Current : null;
        }

        /// <summary>The next line; null at the end.</summary>
        public PartyLine? Head { get; private set; }

        /// <summary>All lines of the next key.</summary>
        public void TakeKey(List<PartyLine> into)
        {
            var key = Head!;
            while (Head is not null)
            {
                var order = PartyLine.CompareKeys(Head, key);
                if (order < 0) throw new InvalidOperationException($"The lines of {name} are not in order at {Head.Reference}.");
                if (order > 0) return;
                into.Add(Head);
                Head = lines.MoveNext() ? lines.Current : null;
            }
        }

        public void Dispose() => lines.Dispose();
    }
}
