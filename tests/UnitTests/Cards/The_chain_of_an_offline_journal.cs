using System.Text;
using Health.Cards;

namespace Health.UnitTests.Cards;

public sealed class The_chain_of_an_offline_journal
{
    private static readonly Sm2KeyPair Desk = Sm2KeyPair.Generate(), Thief = Sm2KeyPair.Generate();
    private static readonly DateTimeOffset Noon = new(2026, 11, 24, 4, 0, 0, TimeSpan.Zero);

    [Fact]
    public void holds_over_entries_in_order()
    {
        var head = OfflineHead.Start;
        foreach (var entry in Journal(5))
        {
            Assert.Null(OfflineChain.Wrong(entry, head, "D-1", Desk.Public));
            head = OfflineChain.After(entry);
        }
        Assert.Equal(5, head.Seq);
    }

    public static TheoryData<string, string> Forgeries => new()
    {
        { "deskId", "deskId" }, { "seq", "seq" }, { "at", "hash" }, { "kind", "hash" }, { "visitTx", "hash" }, { "body", "hash" }, { "previous", "previous" }, { "hash", "hash" }, { "signature", "signature" },
        { "rehashed", "signature" }, { "thief", "signature" }, { "no signature", "signature" }, { "long signature", "signature" },
    };

    [Theory]
    [MemberData(nameof(Forgeries))]
    public void breaks_at_whatever_is_altered(string what, string place)
    {
        var journal = Journal(3);
        var (head, entry) = (OfflineChain.After(journal[1]), journal[2]);
        var forged = what switch
        {
            "deskId" => entry with { DeskId = "D-2" },
            "seq" => entry with { Seq = 4 },
            "at" => entry with { At = entry.At.AddMilliseconds(1) },
            "kind" => entry with { Kind = OfflineKinds.Decided },
            "visitTx" => entry with { VisitTx = "D-1|20261124|L9" },
            "body" => entry with { Body = entry.Body.Replace("100", "1", StringComparison.Ordinal) },
            "previous" => entry with { Previous = journal[0].Hash },
            "hash" => entry with { Hash = journal[1].Hash },
            "signature" => entry with { Signature = journal[1].Signature },
            // Altered, and hashed anew by somebody without the key.
            "rehashed" => OfflineChain.Next(head, "D-1", Noon.AddMinutes(9), entry.Kind, entry.VisitTx, "{}", Thief) with { Signature = entry.Signature },
            "thief" => OfflineChain.Next(head, "D-1", Noon.AddMinutes(9), entry.Kind, entry.VisitTx, entry.Body, Thief),
            "no signature" => entry with { Signature = "" },
            _ => entry with { Signature = entry.Signature + "00" },
        };
        Assert.Equal(place, OfflineChain.Wrong(forged, head, "D-1", Desk.Public));
        Assert.Null(OfflineChain.Wrong(entry, head, "D-1", Desk.Public));
    }

    [Fact]
    public void tells_texts_apart_that_would_be_equal_side_by_side()
    {
        var one = OfflineChain.Next(OfflineHead.Start, "D-1", Noon, "ab", "c", "{}", Desk);
        var other = OfflineChain.Next(OfflineHead.Start, "D-1", Noon, "a", "bc", "{}", Desk);
        Assert.NotEqual(one.Hash, other.Hash);
    }

    [Fact]
    public void never_runs_backwards_when_the_clock_does()
    {
        var first = OfflineChain.Next(OfflineHead.Start, "D-1", Noon, OfflineKinds.Registered, "v", "{}", Desk);
        var second = OfflineChain.Next(OfflineChain.After(first), "D-1", Noon.AddHours(-3), OfflineKinds.Intended, "v", "{}", Desk);
        Assert.Equal(first.At, second.At);
        Assert.False(OfflineChain.RunsBackwards(second, OfflineChain.After(first)));
        Assert.True(OfflineChain.RunsBackwards(second with { At = Noon.AddHours(-3) }, OfflineChain.After(first)));
    }

    [Fact]
    public void seals_a_person_for_the_platform_and_for_that_place_alone()
    {
        var text = Encoding.UTF8.GetBytes("{\"name\":\"张测试\"}");
        var closed = Sm2Seal.Close(Desk.Public, "D-1|v|person", text);
        Assert.Equal(text, Sm2Seal.Open(Desk, "D-1|v|person", closed));
        Assert.Null(Sm2Seal.Open(Desk, "D-1|w|person", closed));
        Assert.Null(Sm2Seal.Open(Thief, "D-1|v|person", closed));
        for (var at = 0; at < closed.Length; at += 7)
        {
            var altered = closed.ToArray();
            altered[at] ^= 0x40;
            Assert.Null(Sm2Seal.Open(Desk, "D-1|v|person", altered));
        }
        Assert.Null(Sm2Seal.Open(Desk, "D-1|v|person", []));
        Assert.Null(Sm2Seal.Open(Desk, "D-1|v|person", closed.AsSpan(0, 40)));
    }

    private static List<OfflineEntry> Journal(int count)
    {
        List<OfflineEntry> entries = [];
        var head = OfflineHead.Start;
        for (var i = 0; i < count; i++)
        {
            entries.Add(OfflineChain.Next(head, "D-1", Noon.AddMinutes(i), OfflineKinds.Registered, $"D-1|20261124|L{i}", "{\"amountFen\":100}", Desk));
            head = OfflineChain.After(entries[^1]);
        }
        return entries;
    }
}
