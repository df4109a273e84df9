namespace Health.CardBridge.Reconciliation;

/// <summary>What a comparison of one institution's day gives: sums per party, what does not agree, the seal over all lines. Pure.</summary>
public sealed record Comparison(IReadOnlyList<PartyTotals> Totals, IReadOnlyList<(string Party, Match Match)> Differences, string Seal, long LineCount)
{
    public static Comparison Of(BothSides sides)
    {
        var seal = new DaySeal();
        List<PartyTotals> totals = [];
        List<(string, Match)> differences = [];
        foreach (var party in PartiesOf(sides))
        {
            var ours = Prepare(party, sides.Ours[party]);
            var form = sides.Forms.GetValueOrDefault(party, "lines");
            // Agreed totals stand for every line of ours.
            var theirs = form == "totals" ? ours : Prepare(party, sides.Theirs[party]);
            totals.Add(Compare(party, form, ours, theirs, seal, differences));
        }
        return new Comparison(totals, differences, seal.Hex(), seal.Lines);
    }

    /// <summary>Parties of whom one side has lines, so that a statement must be here.</summary>
    public static IEnumerable<string> Needed(BothSides sides) => Parties.WithFiles.Where(party => sides.Ours[party].Any());

    private static IEnumerable<string> PartiesOf(BothSides sides) =>
        Parties.All.Where(party => sides.Ours[party].Any() || sides.Theirs[party].Any() || sides.Forms.ContainsKey(party));

    private static PartyTotals Compare(string party, string form, List<PartyLine> ours, List<PartyLine> theirs, DaySeal seal, List<(string, Match)> differences)
    {
        var (matched, found, theirFen, theirCount) = (0, 0, 0L, 0);
        foreach (var match in Matcher.Compare(ours, theirs))
        {
            seal.Add(party, match);
            if (match.Theirs is { } line && match.Kind != MatchKind.Repeated) (theirFen, theirCount) = (checked(theirFen + line.AmountFen), theirCount + 1);
            if (match.Kind == MatchKind.Matched) matched++;
            else
            {
                found++;
                differences.Add((party, match));
            }
        }
        return new PartyTotals(party, form, ours.Count, ours.Aggregate(0L, (sum, line) => checked(sum + line.AmountFen)), theirCount, theirFen, matched, found);
    }

    // The insurer's unit is the settlement, whatever became of it during the day.
    private static List<PartyLine> Prepare(string party, IEnumerable<PartyLine> lines) => [.. party == Parties.Insurer ? PartyLine.Net(lines) : lines];
}
