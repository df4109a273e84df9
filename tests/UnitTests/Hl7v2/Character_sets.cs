using System.Text;
using Health.Hl7v2;

namespace Health.UnitTests.Hl7v2;

public sealed class Character_sets
{
    // The second byte of 珅 in GB 18030 is 0x7C, the field separator; of 昞 0x5C, of 昢 0x5E, of 珇 0x7E.
    private const string Traps = Sample.Header + "\rPID|1||A~B||珅^昞昢珇||19900101|M";

    [Fact]
    public void The_trap_is_real()
    {
        Assert.Equal(0x7C, Sample.Gb("珅")[1]);
        Assert.Equal([0x5C, 0x5E, 0x7E], new[] { Sample.Gb("昞")[1], Sample.Gb("昢")[1], Sample.Gb("珇")[1] });
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Separators_inside_GB_18030_characters_separate_nothing(bool isConfigured)
    {
        using var message = Sample.Read(Sample.Gb(Traps), isConfigured ? Hl7Charset.Gb18030 : null);
        Assert.Same(Hl7Charset.Gb18030, message.Charset);
        Assert.Equal(("珅", "昞昢珇", "19900101", "M"), (message.Get("PID-5.1"), message.Get("PID-5.2"), message.Get("PID-7"), message.Get("PID-8")));
        Assert.Empty(message.Diagnostics);
    }

    [Fact]
    public void MSH_18_is_found_behind_Chinese_facility_names_full_of_separators()
    {
        using var message = Sample.Read(Sample.Gb("MSH|^~\\&|HIS|珅瓅医院|H|M|2026||ADT^A04|1|P|2.5.1||||||GB 18030-2000\rPID|1||||珅"));
        Assert.Same(Hl7Charset.Gb18030, message.Charset);
        Assert.Equal("珅", message.Get("PID-5"));
    }

    [Fact]
    public void MSH_18_is_stronger_than_a_guess()
    {
        var latin = Encoding.Latin1.GetBytes("MSH|^~\\&|A|B|C|D|2026||ADT^A04|1|P|2.5.1||||||8859/1\rPID|1||||Zo\u00EB");
        using var message = Sample.Read(latin);
        Assert.Equal("Zo\u00EB", message.Get("PID-5"));
    }

    [Fact]
    public void The_configured_set_is_stronger_than_MSH_18()
    {
        using var message = Sample.Read(Sample.Gb("MSH|^~\\&|A|B|C|D|2026||ADT^A04|1|P|2.5.1||||||8859/1\rPID|1||||王"), Hl7Charset.Gb18030);
        Assert.Equal("王", message.Get("PID-5"));
    }

    [Fact]
    public void Bytes_that_are_not_the_configured_set_are_an_error_with_its_place()
    {
        using var message = Sample.Read(Sample.Gb(Traps), Hl7Charset.Utf8);
        Assert.Contains(message.Diagnostics, one => one is { Path: "MSH-18", IsError: true });
    }

    [Fact]
    public void UTF_8_announced_as_ASCII_is_read_with_a_warning()
    {
        using var message = Sample.Read("MSH|^~\\&|A|B|C|D|2026||ADT^A04|1|P|2.5.1||||||ASCII\rPID|1||||王");
        Assert.Equal("王", message.Get("PID-5"));
        Assert.Contains(message.Diagnostics, one => one is { Path: "MSH-18", IsError: false });
    }

    [Fact]
    public void UTF_16_and_a_byte_order_mark_are_recognised()
    {
        using var wide = Sample.Read(Encoding.Unicode.GetBytes(Traps));
        Assert.Equal("珅", wide.Get("PID-5.1"));
        using var marked = Sample.Read([0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(Traps)]);
        Assert.Equal("昞昢珇", marked.Get("PID-5.2"));
    }

    [Fact]
    public void Bytes_of_no_known_set_are_an_error_and_the_rest_is_read()
    {
        using var message = Sample.Read([.. "MSH|^~\\&|A|B|C|D|2026||ADT^A04|1|P|2.5.1\rPID|1||7||"u8, 0xFF, 0xFF, .. "|x"u8]);
        Assert.Equal("7", message.Get("PID-3"));
        Assert.Contains(message.Diagnostics, one => one.IsError);
    }
}
