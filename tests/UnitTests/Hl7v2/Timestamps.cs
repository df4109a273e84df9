using Health.Hl7v2;

namespace Health.UnitTests.Hl7v2;

public sealed class Timestamps
{
    private static readonly TimeSpan China = TimeSpan.FromHours(8);

    [Theory]
    [InlineData("2026", "2026")]
    [InlineData("202602", "2026-02")]
    [InlineData("20260228", "2026-02-28")]
    [InlineData("2026022807", "2026-02-28T07:00:00+08:00")]
    [InlineData("202602280730", "2026-02-28T07:30:00+08:00")]
    [InlineData("20260228073015", "2026-02-28T07:30:15+08:00")]
    [InlineData("20260228073015.1234", "2026-02-28T07:30:15.1234+08:00")]
    [InlineData("20260228073015-0500", "2026-02-28T07:30:15-05:00")]
    [InlineData("202602280730+0000", "2026-02-28T07:30:00+00:00")]
    [InlineData("20240229", "2024-02-29")]
    public void Keep_their_precision_and_their_zone(string text, string fhir)
    {
        Assert.True(Hl7Timestamp.TryParse(text, out var read));
        Assert.Equal(fhir, read.ToFhirDateTime(China));
    }

    [Theory]
    [InlineData("")]
    [InlineData("20230229")]
    [InlineData("20261301")]
    [InlineData("2026022824")]
    [InlineData("202602280760")]
    [InlineData("2026-02-28")]
    [InlineData("20260228073015.")]
    [InlineData("20260228+9900")]
    [InlineData("２０２６")]
    [InlineData("00000000")]
    public void That_are_none_are_refused(string text)
    {
        Assert.False(Hl7Timestamp.TryParse(text, out _));
    }
}
