using System.Text;
using Health.Hl7v2;

namespace Health.UnitTests.Hl7v2;

public sealed class Reading_a_message
{
    [Fact]
    public void Fields_of_MSH_are_counted_with_the_separator_as_the_first()
    {
        using var message = Sample.Read(Sample.Header);
        Assert.Equal("|", message.Get("MSH-1"));
        Assert.Equal("^~\\&", message.Get("MSH-2"));
        Assert.Equal("HIS", message.Get("MSH-3"));
        Assert.Equal(("ADT", "A04", "M1", "2.5.1"), (message.MessageCode, message.TriggerEvent, message.ControlId, message.VersionId));
        Assert.Empty(message.Diagnostics);
    }

    [Fact]
    public void Repetitions_components_and_subcomponents_are_found_by_number()
    {
        using var message = Sample.Read(Sample.Header + "\rPID|1||A1^^^MYCH&1.2.3&ISO^MR~B2^^^CIS&4.5.6&ISO^PI");
        var identifiers = message.Segment("PID")[3].Repetitions.ToList();
        Assert.Equal(["A1", "B2"], identifiers.Select(one => one.Component(1).ToText()));
        Assert.Equal("4.5.6", identifiers[1].Component(4).Sub(2).ToText());
        Assert.Equal("4.5.6", message.Get("PID-3[2].4.2"));
        Assert.Equal("PID-3[2]", identifiers[1].Path);
        Assert.Equal("A1", message.Segment("PID")[3].Component(1).Sub(1).ToText());
        Assert.Null(message.Get("PID-3[3].1"));
        Assert.Equal(5, identifiers[0].ComponentCount);
    }

    [Fact]
    public void Nothing_a_deletion_and_a_value_are_three_different_things()
    {
        using var message = Sample.Read(Sample.Header + "\rPID|||\"\"|x|^\"\"^y");
        var pid = message.Segment("PID");
        Assert.Equal(Hl7Presence.Absent, pid[2].Presence);
        Assert.Equal(Hl7Presence.Null, pid[3].Presence);
        Assert.Equal(Hl7Presence.Present, pid[4].Presence);
        Assert.Equal(Hl7Presence.Absent, pid[99].Presence);
        Assert.Equal((Hl7Presence.Absent, Hl7Presence.Null, Hl7Presence.Present), (pid[5].Component(1).Presence, pid[5].Component(2).Presence, pid[5].Component(3).Presence));
        Assert.Equal("", pid[3].ToText());
        Assert.Null(pid[3].TextOrNull());
        Assert.Empty(pid[2].Repetitions);
        Assert.Single(pid[3].Repetitions);
    }

    [Fact]
    public void Separators_are_the_ones_the_message_names()
    {
        using var message = Sample.Read("MSH$%?!*@$HIS$MYCH$$$20260101$$ORU%R01$9$P$2.7\rPID$$$A%B*C?D%E");
        Assert.Equal("R01", message.Get("MSH-9.2"));
        Assert.Equal("C", message.Get("PID-3.2.2"));
        Assert.Equal("E", message.Get("PID-3[2].2"));
        Assert.Equal((byte)'@', message.Separators.Truncation);
    }

    [Fact]
    public void A_doubled_escape_character_in_MSH_2_is_read_as_one()
    {
        using var message = Sample.Read("MSH|^~\\\\&|A|B|C|D|2026||ADT^A01|1|P|2.3\rPID|||A^^^B&C");
        Assert.Equal("C", message.Get("PID-3.4.2"));
        Assert.Contains(message.Diagnostics, one => one.Path == "MSH-2" && !one.IsError);
    }

    [Theory]
    [InlineData("\r")]
    [InlineData("\n")]
    [InlineData("\r\n")]
    [InlineData("\r\r")]
    public void Any_line_end_ends_a_segment(string end)
    {
        using var message = Sample.Read($"{Sample.Header}{end}EVN|A04{end}PID|1||77{end}");
        Assert.Equal(["MSH", "EVN", "PID"], message.Segments().Select(segment => segment.Name));
        Assert.Equal("77", message.Get("PID-3"));
    }

    [Fact]
    public void A_line_feed_inside_a_report_is_text()
    {
        using var message = Sample.Read($"{Sample.Header}\rOBX|1|TX|||first\nsecond line\nthird||||||F\rNTE|1");
        Assert.Equal("first\nsecond line\nthird", message.Get("OBX-5"));
        Assert.Equal("F", message.Get("OBX-11"));
        Assert.Equal(3, message.SegmentCount);
    }

    [Fact]
    public void Unknown_misplaced_and_repeated_segments_keep_their_place()
    {
        using var message = Sample.Read(Sample.Header + "\rZCH|card|1\rOBX|1|NM\rPID|1\rZZ9|x\rOBX|2|ST");
        Assert.Equal(["MSH", "ZCH", "OBX", "PID", "ZZ9", "OBX"], message.Segments().Select(segment => segment.Name));
        Assert.Equal(["NM", "ST"], message.Segments("OBX").Select(segment => segment[2].ToText()));
        Assert.Equal("OBX[2]-2", message.Segment("OBX", 2)[2].Path);
        Assert.Equal("ST", message.Get("OBX[2]-2"));
        Assert.False(message.Segment("PV1").Exists);
        Assert.Equal(Hl7Presence.Absent, message.Segment("PV1")[2].Presence);
    }

    [Fact]
    public void A_short_MSH_is_read_and_what_is_missing_is_named()
    {
        var result = Hl7Message.Read("MSH|^~\\&|A"u8.ToArray());
        Assert.Equal("A", result.Message!.Get("MSH-3"));
        Assert.Equal(["MSH-9", "MSH-10"], result.Diagnostics.Where(one => one.IsError).Select(one => one.Path));
        Assert.All(result.Diagnostics, one => Assert.Equal(Hl7ErrorCode.RequiredFieldMissing, one.ErrCode));
    }

    [Theory]
    [InlineData("")]
    [InlineData("MSH")]
    [InlineData("MSHA")]
    [InlineData("MSH\rPID|1||2")]
    [InlineData("GET / HTTP/1.1\r\n\r\n")]
    [InlineData("PID|1||2")]
    [InlineData("FHS|^~\\&|A\rBHS|^~\\&|A\rMSH|^~\\&|A")]
    public void What_is_not_a_message_gives_none_and_says_so(string text)
    {
        var result = Hl7Message.Read(Encoding.UTF8.GetBytes(text));
        Assert.Null(result.Message);
        Assert.Contains(result.Diagnostics, one => one.IsError && one.Path == "MSH");
    }

    [Fact]
    public void The_raw_bytes_stay_exactly_as_they_came()
    {
        var bytes = Sample.Gb("\n MSH|^~\\&|HIS|演示\rPID|1||||珅^王||\n\n");
        using var message = Sample.Read(bytes, Hl7Charset.Gb18030);
        Assert.True(message.Raw.Span.SequenceEqual(Sample.Gb("\n MSH|^~\\&|HIS|演示\rPID|1||||珅^王||\n\n")));
    }

    [Theory]
    [InlineData(31)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(700)]
    public void Separators_at_every_distance_from_a_vector_edge_are_found(int padding)
    {
        var fields = Enumerable.Range(0, 300).Select(n => n % 7 == 0 ? new string('x', n % 50) : $"{n}").ToArray();
        using var message = Sample.Read($"{Sample.Header}{new string('h', padding)}\rZZZ|{string.Join('|', fields)}");
        var segment = message.Segment("ZZZ");
        Assert.Equal(fields, Enumerable.Range(1, segment.FieldCount).Select(n => segment[n].ToText()));
    }
}
