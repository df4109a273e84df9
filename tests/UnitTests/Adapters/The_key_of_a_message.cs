using System.Text;
using Health.Adapters.Inbox;
using Health.Hl7v2;

namespace Health.UnitTests.Adapters;

public sealed class The_key_of_a_message
{
    private const string Message = "MSH|^~\\&|HIS|MYCH|H|M|20261124101500||ADT^A04|M1|P|2.5.1\rPID|1||7\r";

    [Fact]
    public void is_the_same_whatever_time_it_was_sent_again_at() =>
        Assert.Equal(Key(Message).BodyHash, Key(Message.Replace("20261124101500", "20261124102000")).BodyHash);

    [Fact]
    public void differs_in_the_hash_when_anything_else_differs()
    {
        Assert.Equal(Key(Message).ControlId, Key(Message.Replace("|7", "|8")).ControlId);
        Assert.NotEqual(Key(Message).BodyHash, Key(Message.Replace("|7", "|8")).BodyHash);
    }

    [Fact]
    public void is_the_same_in_any_charset_and_has_no_part_an_index_cannot_hold()
    {
        var text = Message.Replace("MYCH", "演示" + new string('x', 5000));
        var utf8 = Key(text);
        using var gb = Hl7Message.Read(Hl7Charset.Gb18030.Encoding.GetBytes(text)).Message!;
        Assert.Equal(utf8.BodyHash, MessageKey.Of(gb, false).BodyHash);
        Assert.StartsWith("#", utf8.Facility, StringComparison.Ordinal);
        Assert.Equal(65, utf8.Facility.Length);
        Assert.StartsWith("#", Key(Message.Replace("HIS", "H\0S")).Application, StringComparison.Ordinal);
    }

    [Fact]
    public void takes_the_hash_where_no_control_id_is_or_nobody_keeps_them_apart()
    {
        Assert.StartsWith("#", Key(Message.Replace("|M1|", "||")).ControlId, StringComparison.Ordinal);
        Assert.StartsWith("M1#", Key(Message, hasUnknownSenders: true).ControlId, StringComparison.Ordinal);
        Assert.NotEqual(Key(Message, true).ControlId, Key(Message.Replace("|7", "|8"), true).ControlId);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(3, 8)]
    [InlineData(9, 300)]
    [InlineData(10_000, 300)]
    public void is_tried_again_later_and_later(int attempts, int seconds) => Assert.Equal(TimeSpan.FromSeconds(seconds), OutcomeWriter.Delay(attempts));

    private static MessageKey Key(string text, bool hasUnknownSenders = false)
    {
        using var message = Hl7Message.Read(Encoding.UTF8.GetBytes(text)).Message!;
        return MessageKey.Of(message, hasUnknownSenders);
    }
}
