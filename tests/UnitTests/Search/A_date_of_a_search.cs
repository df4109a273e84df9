using Health.Fhir.Search;

namespace Health.UnitTests.Search;

public sealed class A_date_of_a_search
{
    [Theory]
    [InlineData("2024", "2023-12-31T16:00:00 2024-12-31T16:00:00")]
    [InlineData("2024-02", "2024-01-31T16:00:00 2024-02-29T16:00:00")]
    [InlineData("2024-05-01", "2024-04-30T16:00:00 2024-05-01T16:00:00")]
    [InlineData("2024-05-01T06:30", "2024-04-30T22:30:00 2024-04-30T22:31:00")]
    [InlineData("2024-05-01T06:30:15", "2024-04-30T22:30:15 2024-04-30T22:30:16")]
    [InlineData("2024-05-01T06:30:15Z", "2024-05-01T06:30:15 2024-05-01T06:30:16")]
    [InlineData("2024-05-01T06:30:15-05:00", "2024-05-01T11:30:15 2024-05-01T11:30:16")]
    [InlineData("2024-05-01T06:30:15 08:00", "2024-04-30T22:30:15 2024-04-30T22:30:16")]
    [InlineData("2016-12-31T23:59:60Z", "2016-12-31T23:59:59 2017-01-01T00:00:00")]
    public void stands_for_the_time_its_precision_and_zone_say(string text, string expected)
    {
        Assert.True(DateRange.TryParse(text, ExtractionSettings.China, out var range));
        Assert.Equal(expected, $"{range.Low:yyyy-MM-ddTHH:mm:ss} {range.High:yyyy-MM-ddTHH:mm:ss}");
    }

    [Fact]
    public void keeps_fractions_down_to_the_microsecond()
    {
        Assert.True(DateRange.TryParse("2024-05-01T00:00:00.1234567Z", TimeSpan.Zero, out var range));
        Assert.Equal((0.123456, 0.000001), (Math.Round((range.Low - range.Low.Date).TotalSeconds, 7), Math.Round((range.High - range.Low).TotalSeconds, 7)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("24")]
    [InlineData("2024-13")]
    [InlineData("2024-02-30")]
    [InlineData("2024-05-01T25:00")]
    [InlineData("2024-05-01T06")]
    [InlineData("2024-05-01T06:30:15+8")]
    [InlineData("2024-05-01T06:30:15+15:00")]
    [InlineData("0000")]
    [InlineData("yesterday")]
    public void is_refused_when_it_is_none(string text) => Assert.False(DateRange.TryParse(text, ExtractionSettings.China, out _));

    [Fact]
    public void leaves_a_period_open_where_it_names_no_end()
    {
        Assert.Equal(DateRange.OpenHigh, DateRange.Period("2024-05-01", null, TimeSpan.Zero)!.Value.High);
        Assert.Equal(DateRange.OpenLow, DateRange.Period(null, "2024-05-01", TimeSpan.Zero)!.Value.Low);
        Assert.Null(DateRange.Period(null, null, TimeSpan.Zero));
    }

    [Theory]
    [InlineData("+08:00", "2024-05-01", "2024-04-30T16:00")]
    [InlineData("-03:30", "2024-05-01", "2024-05-01T03:30")]
    [InlineData("Z", "2024-05-01", "2024-05-01T00:00")]
    public void begins_where_the_configured_zone_says(string zone, string text, string low)
    {
        Assert.True(DateRange.TryParse(text, LocalZone.Parse(zone), out var range));
        Assert.Equal(low, $"{range.Low:yyyy-MM-ddTHH:mm}");
    }

    [Fact]
    public void follows_the_summer_times_of_a_zone_with_a_name()
    {
        Assert.SkipUnless(TimeZoneInfo.TryFindSystemTimeZoneById("Europe/Berlin", out _), "This machine has no tz database.");
        Assert.True(DateRange.TryParse("2024-03-31", LocalZone.Parse("Europe/Berlin"), out var range));
        Assert.Equal(("2024-03-30T23:00", 23.0), ($"{range.Low:yyyy-MM-ddTHH:mm}", (range.High - range.Low).TotalHours));
    }

    [Theory]
    [InlineData("+8")]
    [InlineData("+15:00")]
    [InlineData("Nowhere/Land")]
    public void has_no_zone_that_nobody_knows(string zone) => Assert.Contains("Health:TimeZone", Assert.Throws<InvalidOperationException>(() => LocalZone.Parse(zone)).Message);

    [Theory]
    [InlineData("0001-01-01")]
    [InlineData("9999-12-31")]
    [InlineData("9999-12-31T23:59:59.999+08:00")]
    public void reaches_the_ends_of_the_calendar_without_fault(string text) => Assert.True(DateRange.TryParse(text, ExtractionSettings.China, out _));
}
