using System.Text;
using Health.Hl7v2;

namespace Health.UnitTests.Hl7v2;

public sealed class Writing_a_message
{
    [Fact]
    public void Fields_repetitions_and_components_stand_where_they_belong()
    {
        var text = new Hl7Writer().Segment("MSH").Field(3, "A|B").Components(9, "ADT", "A04", null)
            .Segment("PID").Field(3, "1").Components(3, "2", null, "&").Null(5).Field(7, null).Field(8, "M").ToString();
        Assert.Equal("MSH|^~\\&|A\\F\\B||||||ADT^A04\rPID|||1~2^^\\T\\||\"\"|||M\r", text);
    }

    [Fact]
    public void A_field_cannot_come_after_a_later_one() =>
        Assert.Throws<ArgumentException>(() => new Hl7Writer().Segment("PID").Field(5, "x").Field(3, "y"));

    [Theory]
    [InlineData("PID-3[2].4.2", "PID|1||A~^^^&new value")]
    [InlineData("PID-3", "PID|1||new value")]
    [InlineData("PID-3.1", "PID|1||new value")]
    [InlineData("PID-8", "PID|1||A|||||new value")]
    public void One_place_is_set_and_the_rest_stays(string path, string expected)
    {
        using var message = Sample.Read("MSH|^~\\&|A\rPID|1||A\rPV1|1");
        Assert.Equal($"MSH|^~\\&|A\r{expected}\rPV1|1", Encoding.UTF8.GetString(message.With(Hl7Path.Parse(path), "new value")));
    }

    [Fact]
    public void A_header_field_is_counted_as_HL7_does_and_a_missing_segment_is_added()
    {
        using var message = Sample.Read("MSH|^~\\&|A\r");
        Assert.Equal("MSH|^~\\&|A|B\r", Encoding.UTF8.GetString(message.With(Hl7Path.Parse("MSH-4"), "B")));
        Assert.Equal("MSH|^~\\&|A\rZCH||\"\"\r", Encoding.UTF8.GetString(message.With(Hl7Path.Parse("ZCH-2"), null)));
    }

    [Theory]
    [InlineData("PID")]
    [InlineData("PID[2]-3")]
    [InlineData("OBX[12]-5[3].4.2")]
    public void A_path_is_written_as_it_was_read(string text) => Assert.Equal(text, Hl7Path.Parse(text).ToString());

    [Theory]
    [InlineData("pid-3")]
    [InlineData("PID-0")]
    [InlineData("PID-3.")]
    [InlineData("PID-3.1.2.3")]
    [InlineData("PID[0]-3")]
    [InlineData("PID-99999")]
    [InlineData("")]
    public void What_is_no_path_is_refused(string text)
    {
        Assert.False(Hl7Path.TryParse(text, out _));
        Assert.Throws<FormatException>(() => Hl7Path.Parse(text));
    }
}
