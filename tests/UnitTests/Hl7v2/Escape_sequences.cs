using CsCheck;
using Health.Hl7v2;

namespace Health.UnitTests.Hl7v2;

public sealed class Escape_sequences
{
    [Theory]
    [InlineData(@"a\F\b\S\c\T\d\R\e\E\f", @"a|b^c&d~e\f")]
    [InlineData(@"line 1\.br\line 2\.sp2\end", "line 1\nline 2\n\nend")]
    [InlineData(@"\H\bold\N\", "bold")]
    [InlineData(@"\X0D0A\x", "\r\nx")]
    [InlineData(@"\XE78E8B\", "王")]
    [InlineData(@"C:\temp\new", @"C:\temp\new")]
    [InlineData(@"\Zlocal\ kept", @"\Zlocal\ kept")]
    [InlineData(@"open \ end", @"open \ end")]
    [InlineData(@"\XZZ\", @"\XZZ\")]
    [InlineData(@"\foo\T\", @"\foo&")]
    public void Are_decoded_and_unknown_ones_kept(string written, string expected)
    {
        using var message = Sample.Read($"{Sample.Header}\rOBX|1|FT|||{written}");
        Assert.Equal(expected, message.Get("OBX-5"));
    }

    [Fact]
    public void Hexadecimal_bytes_are_in_the_charset_of_the_message()
    {
        using var message = Sample.Read(Sample.Gb(Sample.Header + @"\rOBX|1|FT|||王\XCDF5\".Replace(@"\r", "\r")), Hl7Charset.Gb18030);
        Assert.Equal("王王", message.Get("OBX-5"));
    }

    [Fact]
    public void Written_text_reads_back_the_same() =>
        Gen.String[Gen.Char["ab|^~\\&#\r\n\v\u001c.XF王珅"], 0, 40].Sample(text =>
        {
            var escaped = Hl7Escape.Encode(text, Hl7Separators.Standard);
            return Hl7Escape.Decode(System.Text.Encoding.UTF8.GetBytes(escaped), Hl7Separators.Standard, Hl7Charset.Utf8) == text
                && escaped.IndexOfAny(['|', '^', '~', '&', '\r', '\n']) < 0;
        }, iter: 5_000);
}
