using Health.Contracts;

namespace Health.UnitTests;

public sealed class Contracts_money_and_identity
{
    [Theory]
    [InlineData("510799199001010018", "1990-01-01", "male")]
    [InlineData("51079919850615002X", "1985-06-15", "female")]
    [InlineData("51079919850615002x", "1985-06-15", "female")]
    [InlineData("510799201503319998", "2015-03-31", "male")]
    public void A_valid_resident_number_tells_birth_and_gender(string text, string birth, string gender)
    {
        Assert.True(ResidentIdNumber.TryParse(text, out var number));
        Assert.Equal(DateOnly.Parse(birth), number.BirthDate);
        Assert.Equal(gender, number.Gender);
        Assert.True(number.IsTestIdentity);
    }

    [Theory]
    [InlineData("510799199001010017")]
    [InlineData("510799199013010018")]
    [InlineData("51079919900101001")]
    [InlineData("51079919900101001Ｘ")]
    [InlineData("")]
    [InlineData(null)]
    public void A_number_with_a_wrong_check_character_date_or_length_is_not_one(string? text) =>
        Assert.False(ResidentIdNumber.TryParse(text, out _));

    [Theory]
    [InlineData("12.05", 1205)]
    [InlineData("12.5", 1250)]
    [InlineData("-0.01", -1)]
    [InlineData("0", 0)]
    public void Yuan_are_read_exactly(string text, long fen)
    {
        Assert.True(Fen.TryParseYuan(text, out var read));
        Assert.Equal(fen, read.Value);
    }

    [Theory]
    [InlineData("1.005")]
    [InlineData("1,00")]
    [InlineData(".5")]
    [InlineData("1.")]
    [InlineData("1e3")]
    public void What_would_need_rounding_or_guessing_is_refused(string text) => Assert.False(Fen.TryParseYuan(text, out _));

    [Fact]
    public void Fen_print_as_yuan() => Assert.Equal("-12.05", new Fen(-1205).ToString());

    [Fact]
    public void An_overflow_of_money_is_an_error_not_a_wrap() => Assert.Throws<OverflowException>(() => new Fen(long.MaxValue) + new Fen(1));
}
