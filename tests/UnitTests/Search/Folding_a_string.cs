using Health.Fhir.Search;

namespace Health.UnitTests.Search;

public sealed class Folding_a_string
{
    [Theory]
    [InlineData("MÜLLER", "muller")]
    [InlineData("Zoë", "zoe")]
    [InlineData("Nguyễn Văn Ánh", "nguyen van anh")]
    [InlineData("cafe\u0301", "cafe")]
    [InlineData("ＺＨＡＮＧ　三", "zhang 三")]
    [InlineData("阿依古丽•买买提", "阿依古丽·买买提")]
    [InlineData("阿依古丽・买买提", "阿依古丽·买买提")]
    [InlineData("  a \t b  ", "a b")]
    [InlineData("欧阳𠮷", "欧阳𠮷")]
    [InlineData("Ærø", "aro")]
    public void makes_equal_what_people_write_differently_and_keeps_Chinese(string text, string folded) => Assert.Equal(folded, StringFolding.Fold(text));
}
