namespace Health.Fhir.Search;

/// <summary>
/// The time a date, dateTime, instant or Period stands for: from <paramref name="Low"/> (inclusive) to <paramref name="High"/> (exclusive), UTC.
/// <see cref="DateTime.MinValue"/> and <see cref="DateTime.MaxValue"/> are the open ends.
/// </summary>
public readonly record struct DateRange(DateTime Low, DateTime High)
{
    public static readonly DateTime OpenLow = DateTime.MinValue, OpenHigh = DateTime.MaxValue;

    /// <summary>
    /// Reads YYYY, YYYY-MM, YYYY-MM-DD, and with Thh:mm[:ss[.fff]] and an optional zone. What has no zone is local:
    /// of <paramref name="zone"/>, so that 2024-05-01 in China begins at 2024-04-30T16:00Z.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<char> text, LocalZone zone, out DateRange range)
    {
        range = default;
        if (!TryDigits(text, 0, 4, out var year) || year == 0) return false;
        if (text.Length == 4) return TryMake(year, 1, 1, zone, start => start.AddYears(1), out range);
        if (text[4] != '-' || !TryDigits(text, 5, 2, out var month) || month is < 1 or > 12) return false;
        if (text.Length == 7) return TryMake(year, month, 1, zone, start => start.AddMonths(1), out range);
        if (text[7] != '-' || !TryDigits(text, 8, 2, out var day) || day < 1 || day > DateTime.DaysInMonth(year, month)) return false;
        if (text.Length == 10) return TryMake(year, month, day, zone, start => start.AddDays(1), out range);
        return text[10] == 'T' && TryTime(text[11..], out var time, out var precision, out var offset)
            && TryMake(year, month, day, offset is { } given ? LocalZone.Of(given) : zone, start => start + precision, out range, time);
    }

    /// <summary>From the beginning of <paramref name="start"/> to the end of <paramref name="end"/>; a missing one is open. Null when both are missing or unreadable.</summary>
    public static DateRange? Period(string? start, string? end, LocalZone zone)
    {
        var hasStart = TryParse(start, zone, out var first);
        var hasEnd = TryParse(end, zone, out var last);
        return hasStart || hasEnd ? new DateRange(hasStart ? first.Low : OpenLow, hasEnd ? last.High : OpenHigh) : null;
    }

    public DateRange Union(DateRange other) => new(Low < other.Low ? Low : other.Low, High > other.High ? High : other.High);

    private static bool TryTime(ReadOnlySpan<char> text, out TimeSpan time, out TimeSpan precision, out TimeSpan? offset)
    {
        (time, precision, offset) = (default, TimeSpan.FromMinutes(1), null);
        if (!TryDigits(text, 0, 2, out var hour) || hour > 23 || text.Length < 5 || text[2] != ':' || !TryDigits(text, 3, 2, out var minute) || minute > 59) return false;
        time = new TimeSpan(hour, minute, 0);
        var at = 5;
        if (at < text.Length && text[at] == ':')
        {
            // A leap second is the last second of its minute: the clocks here have none.
            if (!TryDigits(text, 6, 2, out var second) || second > 60) return false;
            time += TimeSpan.FromSeconds(Math.Min(second, 59));
            precision = TimeSpan.FromSeconds(1);
            at = 8;
            if (at < text.Length && text[at] == '.' && !TryFraction(text, ref at, ref time, ref precision)) return false;
        }
        return TryOffset(text[at..], out offset);
    }

    private static bool TryFraction(ReadOnlySpan<char> text, ref int at, ref TimeSpan time, ref TimeSpan precision)
    {
        var from = ++at;
        // PostgreSQL keeps microseconds: what is finer is cut.
        for (; at < text.Length && char.IsAsciiDigit(text[at]); at++)
        {
            if (at - from >= 6) continue;
            precision /= 10;
            time += precision * (text[at] - '0');
        }
        return at > from;
    }

    private static bool TryOffset(ReadOnlySpan<char> text, out TimeSpan? offset)
    {
        offset = null;
        if (text.IsEmpty) return true;
        if (text is "Z")
        {
            offset = TimeSpan.Zero;
            return true;
        }
        // '+' of a query string that was not escaped arrives as a blank.
        if (text.Length != 6 || text[0] is not ('+' or '-' or ' ') || text[3] != ':') return false;
        if (!TryDigits(text, 1, 2, out var hours) || hours > 14 || !TryDigits(text, 4, 2, out var minutes) || minutes > 59) return false;
        var size = new TimeSpan(hours, minutes, 0);
        offset = text[0] == '-' ? -size : size;
        return true;
    }

    private static bool TryMake(int year, int month, int day, LocalZone zone, Func<DateTime, DateTime> end, out DateRange range, TimeSpan time = default)
    {
        var local = new DateTime(year, month, day, 0, 0, 0, DateTimeKind.Utc) + time;
        // The first and last year of the calendar cannot be shifted or ended: open is what they mean.
        range = year is 1 or 9999
            ? new DateRange(year == 1 ? OpenLow : local, year == 1 ? end(local) : OpenHigh)
            : new DateRange(local - zone.OffsetAt(local), end(local) - zone.OffsetAt(end(local)));
        return true;
    }

    private static bool TryDigits(ReadOnlySpan<char> text, int from, int count, out int value)
    {
        value = 0;
        if (text.Length < from + count) return false;
        for (var i = from; i < from + count; i++)
        {
            if (!char.IsAsciiDigit(text[i])) return false;
            value = value * 10 + (text[i] - '0');
        }
        return true;
    }
}
