using System.Text;
using System.Text.Json;
using CsCheck;
using Health.Broker.Audit;

namespace Health.UnitTests.Broker;

public sealed class Canonical_json
{
    [Fact]
    public void sorts_members_and_escapes_as_rfc_8785_does()
    {
        var text = Encoding.UTF8.GetString(CanonicalJson.Write(("\u20ac", "Euro"), ("\r", "CR"), ("1", 1), ("\u0080", "ctl"), ("ö", null), ("b", "\u20ac$\u000f\nA'B\"\\\"/\b\f\t\u007f")));
        Assert.Equal("{\"\\r\":\"CR\",\"1\":1,\"b\":\"\u20ac$\\u000f\\nA'B\\\"\\\\\\\"/\\b\\f\\t\u007f\",\"\u0080\":\"ctl\",\"\u20ac\":\"Euro\"}", text);
    }

    [Fact]
    public void reads_back_as_what_was_written_whatever_the_text() => Gen.String.Sample(value =>
    {
        using var document = JsonDocument.Parse(CanonicalJson.Write(("v", value)));
        var expected = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(value));
        return document.RootElement.GetProperty("v").GetString() == expected;
    }, iter: 5_000);

    [Fact]
    public void takes_no_number_that_other_programs_would_round()
    {
        Assert.Throws<ArgumentException>(() => CanonicalJson.Write(("v", 1L << 53)));
        Assert.Throws<ArgumentException>(() => CanonicalJson.Write(("v", 1.5)));
    }
}
