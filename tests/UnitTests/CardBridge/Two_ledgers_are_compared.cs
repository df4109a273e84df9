using Health.CardBridge.Reconciliation;

namespace Health.UnitTests.CardBridge;

public sealed class Two_ledgers_are_compared
{
    private static PartyLine Line(string reference, long fen, string state = PartyLine.Decided) => new(reference, fen < 0 ? PartyLine.Refund : PartyLine.Charge, fen, state);

    private static List<Match> Compare(PartyLine[] ours, PartyLine[] theirs) => [.. Matcher.Compare(ours, theirs)];

    [Fact]
    public void line_by_line_in_one_pass()
    {
        var found = Compare([Line("a", 100), Line("b", 200), Line("d", 400), Line("e", 500, PartyLine.Unknown)], [Line("a", 100), Line("c", 300), Line("d", 401), Line("e", 500)]);
        Assert.Equal(
            [("a", MatchKind.Matched), ("b", MatchKind.OnlyOurs), ("c", MatchKind.OnlyTheirs), ("d", MatchKind.Amount), ("e", MatchKind.Status)],
            found.Select(match => (match.Reference, match.Kind)));
    }

    [Fact]
    public void with_a_refund_apart_from_its_charge() =>
        Assert.Equal([MatchKind.Matched, MatchKind.OnlyOurs], Compare([Line("a", 100), Line("a", -100)], [Line("a", 100)]).Select(match => match.Kind));

    [Fact]
    public void and_a_line_of_theirs_that_stands_twice_is_a_repeat() =>
        Assert.Equal([MatchKind.Matched, MatchKind.Repeated, MatchKind.Repeated], Compare([Line("a", 100)], [Line("a", 100), Line("a", 100), Line("a", 100)]).Select(match => match.Kind));

    [Fact]
    public void and_equal_amounts_of_one_key_meet_before_unequal_ones()
    {
        var found = Compare([Line("a", 100), Line("a", 200)], [Line("a", 200), Line("a", 300)]);
        Assert.Equal([(MatchKind.Matched, 200, 200), (MatchKind.Amount, 100, 300)], found.Select(match => (match.Kind, match.Ours!.AmountFen, match.Theirs!.AmountFen)));
    }

    [Fact]
    public void but_not_when_a_side_is_out_of_order()
    {
        Assert.Throws<InvalidOperationException>(() => Compare([Line("b", 1), Line("a", 1)], [Line("b", 1)]));
        Assert.Throws<InvalidOperationException>(() => Compare([Line("a", 1)], [Line("b", 1), Line("a", 1)]));
    }

    /// <summary>A reference that joins by groups in memory, without order and without cleverness.</summary>
    private static Dictionary<MatchKind, int> Naive(List<PartyLine> ours, List<PartyLine> theirs)
    {
        var counts = Enum.GetValues<MatchKind>().ToDictionary(kind => kind, _ => 0);
        foreach (var key in ours.Concat(theirs).Select(line => (line.Reference, line.Kind)).Distinct())
        {
            var mine = ours.Where(line => (line.Reference, line.Kind) == key).ToList();
            var others = theirs.Where(line => (line.Reference, line.Kind) == key).ToList();
            HashSet<long> met = [];
            foreach (var line in mine.ToList())
            {
                if (others.FirstOrDefault(other => other.AmountFen == line.AmountFen) is not { } same) continue;
                counts[line.IsDecided && same.IsDecided ? MatchKind.Matched : MatchKind.Status]++;
                met.Add(line.AmountFen);
                mine.Remove(line);
                others.Remove(same);
            }
            foreach (var amount in others.Select(other => other.AmountFen).Distinct().ToList())
            {
                var surplus = others.Where(other => other.AmountFen == amount).Skip(met.Contains(amount) ? 0 : 1).ToList();
                counts[MatchKind.Repeated] += surplus.Count;
                foreach (var other in surplus) others.Remove(other);
            }
            var pairs = Math.Min(mine.Count, others.Count);
            counts[MatchKind.Amount] += pairs;
            counts[MatchKind.OnlyOurs] += mine.Count - pairs;
            counts[MatchKind.OnlyTheirs] += others.Count - pairs;
        }
        return counts;
    }

    [Fact]
    public void as_a_naive_comparison_does_it_for_two_thousand_random_days()
    {
        var random = new Random(20261124);
        for (var round = 0; round < 2_000; round++)
        {
            List<PartyLine> Side() =>
            [
                .. Enumerable.Range(0, random.Next(0, 25))
                    .Select(_ => Line($"r{random.Next(8)}", (random.Next(4) + 1) * (random.Next(6) == 0 ? -1 : 1))),
            ];
            var (ours, theirs) = (Side(), Side());
            var expected = Naive(ours, theirs);
            ours.Sort(PartyLine.CompareKeys);
            theirs.Sort(PartyLine.CompareKeys);
            var found = Matcher.Compare(ours, theirs).ToList();
            foreach (var kind in Enum.GetValues<MatchKind>()) Assert.True(expected[kind] == found.Count(match => match.Kind == kind), $"round {round}: {kind} {expected[kind]} <> {found.Count(match => match.Kind == kind)}");
            // No line is lost and none is told twice.
            Assert.Equal(ours.Sum(line => line.AmountFen), found.Sum(match => match.Ours?.AmountFen ?? 0));
            Assert.Equal(theirs.Sum(line => line.AmountFen), found.Sum(match => match.Theirs?.AmountFen ?? 0));
            Assert.Equal((ours.Count, theirs.Count), (found.Count(match => match.Ours is not null), found.Count(match => match.Theirs is not null)));
        }
    }

    [Fact]
    public void and_a_settlement_undone_on_its_day_is_nothing()
    {
        var net = PartyLine.Net([Line("S1", 700), Line("S1", -700), Line("S2", 500), Line("S3", 300), Line("S3", -100)]).ToList();
        Assert.Equal([("S2", 500L), ("S3", 200L)], net.Select(line => (line.Reference, line.AmountFen)));
    }

    [Fact]
    public void and_the_seal_depends_on_every_amount_and_on_nothing_else()
    {
        static BothSides Sides(long theirs) => new(
            new[] { (Parties.His, Line("R1", 100)), (Parties.Cash, Line("s1", 50)) }.ToLookup(x => x.Item1, x => x.Item2),
            new[] { (Parties.Cash, Line("s1", 50)), (Parties.His, Line("R1", theirs)) }.ToLookup(x => x.Item1, x => x.Item2),
            new Dictionary<string, string> { [Parties.His] = "lines" }, new Obstacles("", 0, 0));
        var equal = Comparison.Of(Sides(100));
        Assert.Empty(equal.Differences);
        Assert.Equal((2, equal.Seal), (equal.LineCount, Comparison.Of(Sides(100)).Seal));
        Assert.NotEqual(equal.Seal, Comparison.Of(Sides(101)).Seal);
        Assert.True(equal.Totals.All(party => party.Agrees));
        Assert.False(Comparison.Of(Sides(101)).Totals.Single(party => party.Party == Parties.His).Agrees);
    }

    [Fact]
    public void and_agreed_totals_stand_for_every_line_of_ours()
    {
        var ours = new[] { (Parties.Insurer, Line("S1", 700)), (Parties.Insurer, Line("S2", 300)) }.ToLookup(x => x.Item1, x => x.Item2);
        var none = Array.Empty<(string, PartyLine)>().ToLookup(x => x.Item1, x => x.Item2);
        Assert.Equal(2, Comparison.Of(new BothSides(ours, none, new Dictionary<string, string> { [Parties.Insurer] = "totals" }, new Obstacles("", 0, 0))).Totals.Single().Matched);
        Assert.Equal(2, Comparison.Of(new BothSides(ours, none, new Dictionary<string, string> { [Parties.Insurer] = "lines" }, new Obstacles("", 0, 0))).Differences.Count);
    }
}
