using Health.CardBridge.Settlements;

namespace Health.UnitTests.CardBridge;

public sealed class A_file_of_mappings
{
    private const string Line = "GH001,001102000010000,普通门诊诊察费,2020-01-01,";

    [Fact]
    public void is_read_with_its_days()
    {
        var (entries, refusal) = CatalogueFile.Read($"\uFEFF{CatalogueFile.Header}\r\n{Line}\r\nGH001,001102000020000,诊察费,2010-01-01,2019-12-31\n\n");
        Assert.Null(refusal);
        Assert.Equal([null, new DateOnly(2019, 12, 31)], entries.Select(entry => entry.ValidTo));
    }

    [Theory]
    [InlineData("", "line 1")]
    [InlineData("code,name\n", "line 1")]
    [InlineData(CatalogueFile.Header + "\nGH001,123,name,2020-01-01,", "line 2")]
    [InlineData(CatalogueFile.Header + "\n001102000010000,001102000010000,name,2020-01-01,", "line 2")]
    [InlineData(CatalogueFile.Header + "\nGH001,001102000010000,name,2020-13-01,", "line 2")]
    [InlineData(CatalogueFile.Header + "\nGH001,001102000010000,name,2020-01-01,2019-12-31", "line 2")]
    [InlineData(CatalogueFile.Header + "\n" + Line + "\nGH001", "line 3")]
    [InlineData(CatalogueFile.Header + "\n" + Line + "\n" + Line, "line 3")]
    public void that_is_wrong_is_refused_with_the_line(string text, string place) => Assert.Equal(place, CatalogueFile.Read(text).Refusal!.Expression);
}
