using System.Text;
using Health.Hl7v2;

namespace Health.UnitTests.Hl7v2;

public sealed class Acknowledging
{
    private static readonly DateTimeOffset At = new(2026, 11, 24, 10, 15, 0, TimeSpan.FromHours(8));
    private static readonly Hl7Diagnostic Problem = Hl7Diagnostic.Error("PID-3[2].4.2", Hl7ErrorCode.DataType, "Not a code | really");

    [Fact]
    public void Sender_and_receiver_change_places_and_the_control_id_comes_back()
    {
        using var ack = Sample.Read(Ack(Sample.Header, Hl7AckCode.AA));
        Assert.Equal(("HEALTH", "MY", "HIS", "MYCH"), (ack.Get("MSH-3"), ack.Get("MSH-4"), ack.Get("MSH-5"), ack.Get("MSH-6")));
        Assert.Equal(("ACK", "A04", "ACK"), (ack.Get("MSH-9.1"), ack.Get("MSH-9.2"), ack.Get("MSH-9.3")));
        Assert.Equal(("AA", "M1", "R1", "20261124101500.000+0800"), (ack.Get("MSA-1"), ack.Get("MSA-2"), ack.ControlId, ack.Get("MSH-7")));
        Assert.False(ack.Segment("ERR").Exists);
    }

    [Fact]
    public void An_error_names_its_place_code_and_text()
    {
        using var ack = Sample.Read(Ack(Sample.Header, Hl7AckCode.AE, Problem));
        Assert.Equal("PID^1^3^2^4^2", ack.Get("ERR-2"));
        Assert.Equal(("102", "HL70357", "E", "Not a code | really"), (ack.Get("ERR-3.1"), ack.Get("ERR-3.3"), ack.Get("ERR-4"), ack.Get("ERR-8")));
        Assert.Equal("Not a code | really", ack.Get("MSA-3"));
    }

    [Fact]
    public void A_sender_before_2_5_gets_the_old_error_segment()
    {
        using var ack = Sample.Read(Ack(Sample.Header.Replace("2.5.1", "2.3.1"), Hl7AckCode.AE, Problem));
        Assert.Equal(("PID", "3", "102"), (ack.Get("ERR-1.1"), ack.Get("ERR-1.3"), ack.Get("ERR-1.4.1")));
        Assert.False(ack.Segment("ERR")[3].IsPresent);
    }

    [Fact]
    public void The_reply_is_in_the_charset_and_the_separators_of_the_sender()
    {
        var bytes = Sample.Gb("MSH$%~\\&$CIS$珅医院$H$M$2026$$ADT%A04$7$P$2.5.1$$$$$$GB 18030-2000\rPID$1");
        using var message = Sample.Read(bytes);
        var reply = AckBuilder.Build(message, Hl7AckCode.AA, "R1", At, []);
        Assert.True(reply.AsSpan().IndexOf(Sample.Gb("珅医院")) > 0);
        using var ack = Sample.Read(reply);
        Assert.Equal(("珅医院", "GB 18030-2000", "7"), (ack.Get("MSH-6"), ack.Get("MSH-18"), ack.Get("MSA-2")));
    }

    [Theory]
    [InlineData("", "", Hl7AckOutcome.Accepted, "AA")]
    [InlineData("", "", Hl7AckOutcome.Error, "AE")]
    [InlineData("", "", Hl7AckOutcome.Rejected, "AR")]
    [InlineData("AL", "NE", Hl7AckOutcome.Accepted, "CA")]
    [InlineData("AL", "AL", Hl7AckOutcome.Error, "CE")]
    [InlineData("ER", "NE", Hl7AckOutcome.Accepted, null)]
    [InlineData("ER", "NE", Hl7AckOutcome.Rejected, "CR")]
    [InlineData("SU", "NE", Hl7AckOutcome.Rejected, null)]
    [InlineData("NE", "NE", Hl7AckOutcome.Error, null)]
    [InlineData("NE", "AL", Hl7AckOutcome.Accepted, "AA")]
    [InlineData("", "AL", Hl7AckOutcome.Error, "AE")]
    public void The_mode_follows_MSH_15_and_MSH_16(string accept, string application, Hl7AckOutcome outcome, string? code)
    {
        using var message = Sample.Read($"MSH|^~\\&|A|B|C|D|2026||ADT^A04|1|P|2.5.1|||{accept}|{application}");
        Assert.Equal(code, AckBuilder.CodeFor(message, outcome)?.ToString());
    }

    [Fact]
    public void An_acknowledgement_is_recognised_as_one()
    {
        using var ack = Sample.Read(Ack(Sample.Header, Hl7AckCode.AA));
        Assert.True(AckBuilder.IsAcknowledgement(ack));
    }

    [Fact]
    public void Bytes_that_are_no_message_get_a_reject_that_says_why()
    {
        using var ack = Sample.Read(AckBuilder.Unreadable("R9", At, Hl7Message.Read("x"u8.ToArray()).Diagnostics));
        Assert.Equal(("AR", null, "100"), (ack.Get("MSA-1"), ack.Get("MSA-2"), ack.Get("ERR-3.1")));
    }

    private static byte[] Ack(string header, Hl7AckCode code, params Hl7Diagnostic[] problems)
    {
        using var message = Sample.Read(Encoding.UTF8.GetBytes(header));
        return AckBuilder.Build(message, code, "R1", At, problems);
    }
}
