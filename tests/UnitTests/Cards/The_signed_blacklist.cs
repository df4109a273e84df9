using Health.Cards;

namespace Health.UnitTests.Cards;

public sealed class The_signed_blacklist
{
    private static readonly DateTimeOffset Noon = new(2026, 7, 28, 12, 0, 0, TimeSpan.Zero);
    private static readonly Sm2KeyPair City = Sm2KeyPair.Generate(), County = Sm2KeyPair.Generate(), Stranger = Sm2KeyPair.Generate();
    private static readonly BlacklistTrust Trust = new(City.Public, "510703");
    private static readonly ulong Lost = BlacklistKey.OfChip("3100510700000001"), Blocked = BlacklistKey.OfPurse("5107000000000001");

    [Fact]
    public void names_chips_and_purses_apart()
    {
        var list = Issue(1, Lost, Blocked);
        Assert.True(list.Contains(Lost));
        Assert.True(list.Contains(Blocked));
        Assert.False(list.Contains(BlacklistKey.OfPurse("3100510700000001")));
        Assert.False(list.Contains(BlacklistKey.OfChip("3100510700000002")));
    }

    [Fact]
    public void goes_over_the_wire_and_is_believed()
    {
        var read = BlacklistDocument.TryRead(Issue(7, Blocked, Lost, Lost).ToBytes(), out var error)!;
        Assert.Null(error);
        Assert.Equal((7, Noon, 2), (read.Version, read.IssuedAt, read.Keys.Length));
        Assert.Equal(ListVerdict.Trusted, Trust.Judge(read));
        Assert.True(read.Contains(Lost));
    }

    [Fact]
    public void of_one_per_cent_of_the_region_takes_240_KB()
    {
        var list = BlacklistDocument.Issue(1, Noon, Enumerable.Range(0, 30_000).Select(i => BlacklistKey.OfChip($"31005107{i:D8}")), City);
        Assert.InRange(list.ToBytes().Length, 240_000, 240_200);
    }

    [Fact]
    public void with_any_byte_altered_is_refused_or_not_believed()
    {
        foreach (var whole in new[] { Issue(3, Lost, Blocked).ToBytes(), CountyList(Noon).ToBytes() })
            for (var i = 0; i < whole.Length; i++)
            {
                var altered = (byte[])whole.Clone();
                altered[i] ^= 0x10;
                var read = BlacklistDocument.TryRead(altered, out var error);
                Assert.True(read is null ? error!.Offset <= whole.Length : Trust.Judge(read) != ListVerdict.Trusted, $"byte {i}");
            }
    }

    [Fact]
    public void cut_at_any_byte_says_where_it_ends()
    {
        var whole = CountyList(Noon).ToBytes();
        for (var length = 0; length < whole.Length; length++)
        {
            Assert.Null(BlacklistDocument.TryRead(whole.AsSpan(0, length), out var error));
            Assert.InRange(error!.Offset, 0, length);
        }
        Assert.Null(BlacklistDocument.TryRead([.. whole, 0], out var longer));
        Assert.Equal(whole.Length, longer!.Offset);
    }

    [Fact]
    public void that_announces_more_than_it_holds_costs_no_memory()
    {
        byte[] liar = [.. "MYBL\x01"u8, 0, 0, 0, 0, 0, 0, 0, 1, .. BitConverter.GetBytes(Noon.ToUnixTimeMilliseconds()).Reverse(), .. new byte[8], 0, 0x00, 0x3D, 0x09, 0x00];
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Null(BlacklistDocument.TryRead(liar, out var error));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
        Assert.Contains("announced", error!.What, StringComparison.Ordinal);
    }

    [Fact]
    public void with_keys_out_of_order_is_refused_with_the_place()
    {
        var bytes = Issue(1, Lost, Blocked).ToBytes();
        var keys = bytes.AsSpan(5 + 8 + 8 + 8 + 1 + 4, 16).ToArray();
        byte[] swapped = [.. bytes[..34], .. keys[8..], .. keys[..8], .. bytes[50..]];
        Assert.Null(BlacklistDocument.TryRead(swapped, out var error));
        Assert.Equal(42, error!.Offset);
    }

    [Fact]
    public void fails_closed_when_it_is_too_old_or_the_clock_is_behind_it()
    {
        var list = Issue(1, Lost);
        Assert.Equal(ListFreshness.Fresh, list.Freshness(Noon));
        Assert.Equal(ListFreshness.Fresh, list.Freshness(Noon.AddHours(24)));
        Assert.Equal(ListFreshness.TooOld, list.Freshness(Noon.AddHours(24).AddMilliseconds(1)));
        Assert.Equal(ListFreshness.Fresh, list.Freshness(Noon.AddMinutes(-5)));
        Assert.Equal(ListFreshness.TooOld, list.Freshness(Noon.AddMinutes(-6)));
    }

    [Fact]
    public void of_a_stranger_is_not_believed()
    {
        Assert.Equal(ListVerdict.UnknownIssuer, Trust.Judge(BlacklistDocument.Issue(1, Noon, [Lost], Stranger)));
        // A stranger who claims the city's key id.
        var bytes = Issue(1, Lost).ToBytes();
        var forged = BlacklistDocument.TryRead([.. bytes[..^64], .. Stranger.Sign(bytes.AsSpan(..^64))], out _)!;
        Assert.Equal(ListVerdict.SignatureWrong, Trust.Judge(forged));
    }

    [Fact]
    public void of_a_county_cut_off_counts_there_while_the_city_allows_it()
    {
        Assert.Equal(ListVerdict.Trusted, Trust.Judge(CountyList(Noon)));
        Assert.Equal(ListVerdict.DelegationExpired, Trust.Judge(CountyList(Noon.AddDays(8))));
        Assert.Equal(ListVerdict.DelegationExpired, Trust.Judge(CountyList(Noon.AddDays(-1))));
        Assert.Equal(ListVerdict.OtherDivision, (Trust with { Division = "510704" }).Judge(CountyList(Noon)));
        Assert.Equal(ListVerdict.UnknownIssuer, (Trust with { City = Stranger.Public }).Judge(CountyList(Noon)));
    }

    [Fact]
    public void of_a_county_that_delegated_to_itself_is_not_believed()
    {
        var own = Delegation.Sign(Stranger, County.Public, "510703", Noon, Noon.AddDays(7)) with { CityKeyId = City.Public.Id };
        Assert.Equal(ListVerdict.DelegationForged, Trust.Judge(BlacklistDocument.Issue(1, Noon, [Lost], County, own)));
        // A true delegation, and a list signed by somebody else.
        var ofCounty = Delegation.Sign(City, County.Public, "510703", Noon, Noon.AddDays(7));
        Assert.Equal(ListVerdict.UnknownIssuer, Trust.Judge(BlacklistDocument.Issue(1, Noon, [Lost], Stranger, ofCounty)));
    }

    [Fact]
    public void of_before_never_takes_the_place_of_the_later_one()
    {
        var (old, now) = (Issue(1), BlacklistDocument.Issue(2, Noon.AddMinutes(1), [Lost], City));
        Assert.True(BlacklistTrust.Supersedes(now, old));
        Assert.False(BlacklistTrust.Supersedes(old, now));
        Assert.True(BlacklistTrust.Supersedes(old, null));
    }

    [Fact]
    public void advances_by_deltas_to_what_the_full_list_says()
    {
        var random = new Random(20260728);
        var keys = new HashSet<ulong>();
        var held = Issue(1);
        for (var version = 2; version < 60; version++)
        {
            for (var i = 0; i < random.Next(40); i++) keys.Add((ulong)random.NextInt64());
            keys.RemoveWhere(_ => random.Next(5) == 0);
            var next = BlacklistDocument.Issue(version, Noon.AddMinutes(version), keys, City);
            var delta = BlacklistDelta.TryRead(BlacklistDelta.Between(held, next).ToBytes(), out _)!;
            var (applied, refusal) = delta.Apply(held, Trust);
            Assert.Null(refusal);
            Assert.Equal(next.ToBytes(), applied!.ToBytes());
            held = applied;
        }
    }

    [Fact]
    public void does_not_advance_by_a_delta_that_is_altered_foreign_or_of_another_version()
    {
        var (first, second, third) = (Issue(1, Lost), BlacklistDocument.Issue(2, Noon.AddMinutes(1), [Blocked], City), BlacklistDocument.Issue(3, Noon.AddMinutes(2), [Lost, Blocked], City));
        var whole = BlacklistDelta.Between(first, second).ToBytes();
        for (var i = 0; i < whole.Length; i++)
        {
            var altered = (byte[])whole.Clone();
            altered[i] ^= 0x10;
            Assert.True(BlacklistDelta.TryRead(altered, out _) is not { } read || read.Apply(first, Trust).Document is null, $"byte {i}");
        }
        Assert.Contains("starts at version 2", BlacklistDelta.Between(second, third).Apply(first, Trust).Refusal, StringComparison.Ordinal);
        Assert.Contains("another issuer", BlacklistDelta.Between(CountyList(Noon), CountyList(Noon.AddMinutes(1), 2)).Apply(first, Trust).Refusal, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => BlacklistDelta.Between(second, first));
    }

    private static BlacklistDocument Issue(long version, params ulong[] keys) => BlacklistDocument.Issue(version, Noon, keys, City);

    private static BlacklistDocument CountyList(DateTimeOffset at, long version = 1) =>
        BlacklistDocument.Issue(version, at, [Lost], County, Delegation.Sign(City, County.Public, "510703", Noon, Noon.AddDays(7)));
}
