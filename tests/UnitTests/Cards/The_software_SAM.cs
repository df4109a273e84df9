using Health.Cards;

namespace Health.UnitTests.Cards;

public sealed class The_software_SAM : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("health-sam-").FullName;

    [Fact]
    public void does_not_exist_outside_Development() =>
        Assert.Throws<InvalidOperationException>(() => new SoftSam(MasterKeys.TestHealth, "1", "510700000001", Sequence(), development: false));

    [Fact]
    public void gives_no_terminal_sequence_twice_whatever_dies()
    {
        var given = Enumerable.Range(0, 20).Select(_ => new SoftSam(MasterKeys.TestPurse, "1", "510700000001", Sequence(), development: true).NextTermSeq()).ToList();
        Assert.Equal(Enumerable.Range(1, 20).Select(number => (uint)number), given);
    }

    [Fact]
    public void has_its_number_on_the_disk_before_it_is_used()
    {
        var next = Sequence().Next();
        Assert.Equal(next.ToString(), File.ReadAllText(Path.Combine(folder, "seq")));
    }

    [Fact]
    public void needs_a_derived_key_before_it_works() =>
        Assert.Throws<InvalidOperationException>(() => new SoftSam(MasterKeys.TestPurse, "1", "510700000001", Sequence(), development: true).Mac([1]));

    [Fact]
    public void diversifies_level_by_level()
    {
        var sam = new SoftSam(MasterKeys.TestHealth, "1", "510700000001", Sequence(), development: true);
        var (city, card) = (CardCrypto.CityFactor("510700"), Convert.FromHexString("3100000012345678"));
        sam.Derive(SamKey.Of(CardKeys.Rk1Ddf1), city, card);
        var expected = Sm4.Mac(CardCrypto.CardKeyOf(MasterKeys.TestHealth.Find(SamKey.Of(CardKeys.Rk1Ddf1))!, true, city, card), [1, 2, 3]);
        Assert.Equal(expected, sam.Mac([1, 2, 3]));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private SequenceFile Sequence() => new(Path.Combine(folder, "seq"));
}
