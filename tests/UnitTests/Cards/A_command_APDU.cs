using Health.Cards;

namespace Health.UnitTests.Cards;

public sealed class A_command_APDU
{
    [Theory]
    [InlineData("00A40000", 0, null)]
    [InlineData("0084000008", 0, 8)]
    [InlineData("00B2010400", 0, 256)]
    [InlineData("00A4000002DDF1", 2, null)]
    [InlineData("00A4000002DDF100", 2, 256)]
    public void is_read_in_its_four_cases_and_written_back(string hex, int length, int? le)
    {
        var command = CommandApdu.TryParse(Convert.FromHexString(hex))!;
        Assert.Equal((length, le), (command.Data.Length, command.Le));
        Assert.Equal(hex, Convert.ToHexString(command.ToBytes()));
    }

    [Theory]
    [InlineData("00A400")]
    [InlineData("00A4000002DD")]
    [InlineData("00A4000002DDF10000")]
    [InlineData("00A400000000")]
    public void whose_lengths_disagree_is_none(string hex) => Assert.Null(CommandApdu.TryParse(Convert.FromHexString(hex)));

    [Theory]
    [InlineData("")]
    [InlineData("90")]
    public void answered_with_fewer_than_two_bytes_has_no_answer(string hex) => Assert.Null(ResponseApdu.TryParse(Convert.FromHexString(hex)));

    [Fact]
    public void of_a_status_word_has_a_text_in_both_languages()
    {
        Assert.Equal(("余额不足", "balance too low"), StatusWord.Text(0x9401));
        Assert.Equal(2, StatusWord.AttemptsLeft(0x63C2));
        Assert.Contains("2", StatusWord.Text(0x63C2).Zh);
        Assert.Contains("6F00", StatusWord.Text(0x6F00).En);
    }
}
