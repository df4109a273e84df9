using System.Text;
using Health.Hl7v2;

namespace Health.UnitTests.Hl7v2;

public sealed class Batches
{
    [Theory]
    [InlineData("FHS|^~\\&|A\rBHS|^~\\&|A\rMSH|^~\\&|A|1\rPID|1\rMSH|^~\\&|A|2\rPID|2\rBTS|2\rFTS|1\r")]
    [InlineData("\uFEFFMSH|^~\\&|A|1\rPID|1\rMSH|^~\\&|A|2\rPID|2\r")]
    [InlineData("\uFEFF \r\n  FHS|^~\\&|A\rBHS|^~\\&|A\rMSH|^~\\&|A|1\rPID|1\rMSH|^~\\&|A|2\rPID|2\rBTS|2\rFTS|1\r")]
    [InlineData("MSH|^~\\&|A|1\nPID|1\n\nMSH|^~\\&|A|2\nPID|2\n")]
    [InlineData("\vMSH|^~\\&|A|1\rPID|1\r\u001c\r\vMSH|^~\\&|A|2\rPID|2\r\u001c\r")]
    public void A_file_of_messages_is_split_and_its_envelope_left_out(string file)
    {
        var messages = Hl7Batch.Split(Encoding.UTF8.GetBytes(file)).Select(raw => Sample.Read(raw.ToArray())).ToList();
        Assert.Equal(["1", "2"], messages.Select(message => message.Get("MSH-4")));
        Assert.Equal(["MSH", "PID"], messages[1].Segments().Select(segment => segment.Name));
    }

    [Fact]
    public void A_file_without_messages_gives_none() => Assert.Empty(Hl7Batch.Split("nothing here\rPID|1"u8.ToArray()));
}
