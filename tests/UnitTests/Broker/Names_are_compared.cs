using Health.Broker.Residents.Matching;

namespace Health.UnitTests.Broker;

public sealed class Names_are_compared
{
    [Theory]
    [InlineData("阿依古丽·买买提", "阿依古丽・买买提")]
    [InlineData("ＺＨＡＮＧ　Wei", "zhang wei")]
    [InlineData("买买提•阿 不都", "买买提‧阿不都")]
    public void after_folding_widths_case_spaces_and_dots(string a, string b) => Assert.Equal(NameFolding.Fold(a), NameFolding.Fold(b));

    // MARTHA/MARHTA, DIXON/DICKSONX and DWAYNE/DUANE are Winkler's own examples.
    [Theory]
    [InlineData("MARTHA", "MARHTA", 0.9611)]
    [InlineData("DIXON", "DICKSONX", 0.8133)]
    [InlineData("DWAYNE", "DUANE", 0.8400)]
    [InlineData("王小明", "王小红", 0.8222)]
    [InlineData("张伟", "张三", 0.7000)]
    [InlineData("张伟", "李娜", 0)]
    [InlineData("", "张伟", 0)]
    [InlineData("张伟", "张伟", 1)]
    public void by_jaro_winkler_with_the_published_values(string a, string b, double expected)
    {
        Assert.Equal(expected, JaroWinkler.Similarity(a, b), 0.0001);
        Assert.Equal(expected, JaroWinkler.Similarity(b, a), 0.0001);
    }
}
