using Health.Cards;

namespace Health.UnitTests.Cards;

public sealed class A_card_item
{
    [Theory]
    [InlineData("张三")]
    [InlineData("㐂𠮷")]
    [InlineData("阿卜杜拉·买买提")]
    public void carries_every_name_of_GB_18030(string name)
    {
        var item = CardFiles.Holder.Item(11);
        var bytes = item.Encode(name);
        Assert.Equal(30, bytes.Length);
        Assert.Equal(name, item.Decode(bytes));
    }

    [Fact]
    public void never_carries_a_cut_name() => Assert.Throws<ArgumentException>(() => CardFiles.Holder.Item(11).Encode(new string('张', 16)));

    [Fact]
    public void packs_digits_to_the_left_and_fills_with_F()
    {
        var issuer = CardFiles.Issuer.Item(4);
        Assert.Equal("510700FFFFFFFFFFFFFFFF", Convert.ToHexString(issuer.Encode("510700")));
        Assert.Equal("510700", issuer.Decode(issuer.Encode("510700")));
        Assert.Null(issuer.Decode(Convert.FromHexString("5A0700FFFFFFFFFFFFFFFF")));
        Assert.Throws<ArgumentException>(() => issuer.Encode("51070x"));
    }

    [Fact]
    public void stands_in_one_file_only_and_has_the_length_of_the_table()
    {
        var items = CardFiles.All.SelectMany(file => file.Items).ToList();
        Assert.Equal(items.Count, items.Select(item => item.Number).Distinct().Count());
        Assert.Equal(57, items.Max(item => item.Number));
        Assert.Equal([.. Enumerable.Range(1, 57).Select(number => (byte)number)], items.Select(item => item.Number).Order());
    }

    [Fact]
    public void of_a_personalised_card_is_where_the_table_says()
    {
        var image = Chip.Personalisation().Personalise(MasterKeys.TestHealth, MasterKeys.TestPurse);
        Assert.Equal("3B6C0000310000001234567801000700", image.Atr);
        Assert.Equal("3100000012345678", image.ChipSerial);
        Assert.Equal("0812" + Convert.ToHexString("510799199001010018"u8), image.Files["DDF1/EF05"][6]);
        Assert.Equal("3903510700", image.Files["DDF1/EF05"][9]);
        Assert.Equal(21, image.Keys.Count);
        Assert.Equal(image.Keys.Count, image.Keys.Values.Select(key => key.Value).Distinct().Count());
        Assert.Equal(22, image.Files.Count);
        Assert.Equal(image.ToJson(), CardImage.FromJson(image.ToJson()).ToJson());
    }

    [Fact]
    public void that_does_not_fit_stops_the_personalisation() =>
        Assert.Throws<ArgumentException>(() => (Chip.Personalisation() with { HolderName = new string('张', 16) }).Personalise(MasterKeys.TestHealth, MasterKeys.TestPurse));
}
