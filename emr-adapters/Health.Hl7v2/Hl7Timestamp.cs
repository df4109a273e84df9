using System.Globalization;

namespace Health.Hl7v2;

/// <summary>How far a timestamp is known.</summary>
public enum Hl7Precision { Year, Month, Day, Hour, Minute, Second, Fraction }

/// <summary>
/// A DTM, TS or DT value: <c>YYYY[MM[DD[HH[MM[SS[.S[S[S[S]]]]]]]]][+/-ZZZZ]</c> (HL7 v2.5.1 §2.A.22). Nothing is made up: precision and
/// the absence of a zone are kept. Calendar and clock values are checked.
/// </summary>
public readonly record struct Hl7Timestamp(DateTime Local, Hl7Precision Precision, TimeSpan? Offset)
{
    /// <summary>False when the text is not such a value; surrounding blanks and a degree of precision (TS.2) are not part of it.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Hl7Timestamp timestamp)
    {
        timestamp = default;
        text = text.Trim();
        TimeSpan? offset = null;
        var sign = text.IndexOfAny('+', '-');
        if (sign >= 0)
        {
            if (!TryParseOffset(text[sign..], out var parsed)) return false;
            offset = parsed;
            text = text[..sign];
        }

        var fraction = 0L;
        var dot = text.IndexOf('.');
        if (dot >= 0)
        {
            if (dot != 14 || !TryParseFraction(text[(dot + 1)..], out fraction)) return false;
            text = text[..dot];
        }

        if (!TryPrecision(text.Length, out var precision) || text.ContainsAnyExceptInRange('0', '9')) return false;
        Span<int> part = [1, 1, 1, 0, 0, 0];
        for (var i = 0; i <= (int)precision; i++)
            part[i] = int.Parse(i == 0 ? text[..4] : text.Slice(2 + 2 * i, 2), CultureInfo.InvariantCulture);
        if (!IsCalendar(part)) return false;
        var local = new DateTime(part[0], part[1], part[2], part[3], part[4], part[5], DateTimeKind.Unspecified).AddTicks(fraction);
        timestamp = new Hl7Timestamp(local, dot >= 0 ? Hl7Precision.Fraction : precision, offset);
        return true;
    }

    /// <summary>The instant, in its own zone or the source's when it names none; a coarser value stands at its beginning.</summary>
    public DateTimeOffset ToInstant(TimeSpan defaultOffset) => Clamp(Offset ?? defaultOffset);

    /// <summary>FHIR date: as precise as known, at most the day.</summary>
    public string ToFhirDate() => Precision switch
    {
        Hl7Precision.Year => Local.ToString("yyyy", CultureInfo.InvariantCulture),
        Hl7Precision.Month => Local.ToString("yyyy-MM", CultureInfo.InvariantCulture),
        _ => Local.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
    };

    /// <summary>FHIR dateTime: as precise as known; FHIR has no hours without minutes and seconds, so those are filled with zero.</summary>
    public string ToFhirDateTime(TimeSpan defaultOffset) => Precision <= Hl7Precision.Day
        ? ToFhirDate()
        : ToInstant(defaultOffset).ToString(Precision == Hl7Precision.Fraction ? "yyyy-MM-ddTHH:mm:ss.FFFFzzz" : "yyyy-MM-ddTHH:mm:sszzz", CultureInfo.InvariantCulture);

    private DateTimeOffset Clamp(TimeSpan offset)
    {
        // Year 0001 minus a positive offset lies before the calendar; such a value is a filler, shown at UTC.
        var utc = Local.Ticks - offset.Ticks;
        return utc < 0 || utc > DateTime.MaxValue.Ticks ? new DateTimeOffset(Local, TimeSpan.Zero) : new DateTimeOffset(Local, offset);
    }

    private static bool TryPrecision(int length, out Hl7Precision precision)
    {
        precision = length switch { 4 => Hl7Precision.Year, 6 => Hl7Precision.Month, 8 => Hl7Precision.Day, 10 => Hl7Precision.Hour, 12 => Hl7Precision.Minute, 14 => Hl7Precision.Second, _ => Hl7Precision.Fraction };
        return precision != Hl7Precision.Fraction;
    }

    private static bool IsCalendar(ReadOnlySpan<int> part) =>
        part[0] >= 1 && part[1] is >= 1 and <= 12 && part[2] >= 1 && part[2] <= DateTime.DaysInMonth(part[0], part[1]) && part[3] < 24 && part[4] < 60 && part[5] < 60;

    private static bool TryParseOffset(ReadOnlySpan<char> text, out TimeSpan offset)
    {
        offset = default;
        var digits = text[1..];
        if (digits.Length == 5 && digits[2] == ':') digits = $"{digits[..2]}{digits[3..]}";
        if (digits.Length != 4 || digits.ContainsAnyExceptInRange('0', '9')) return false;
        var hours = int.Parse(digits[..2], CultureInfo.InvariantCulture);
        var minutes = int.Parse(digits[2..], CultureInfo.InvariantCulture);
        if (hours > 14 || minutes > 59 || (hours == 14 && minutes > 0)) return false;
        offset = new TimeSpan(hours, minutes, 0) * (text[0] == '-' ? -1 : 1);
        return true;
    }

    private static bool TryParseFraction(ReadOnlySpan<char> digits, out long ticks)
    {
        ticks = 0;
        if (digits.Length is < 1 or > 7 || digits.ContainsAnyExceptInRange('0', '9')) return false;
        ticks = int.Parse(digits, CultureInfo.InvariantCulture);
        for (var i = digits.Length; i < 7; i++) ticks *= 10;
        return true;
    }
}
