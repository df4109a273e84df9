using System.Buffers;
using System.Globalization;
using System.Text;

namespace Health.Hl7v2;

/// <summary>How far a timestamp is known.</summary>
public enum Hl7Precision { Year, Month, Day, Hour, Minute, Second, Fraction }

/// <summary>
/// A DTM, TS or DT value: <c>YYYY[MM[DD[HH[MM[SS[.S[S[S[S]]]]]]]]][+/-ZZZZ]</c> (HL7 v2.5.1 §2.A.22). Nothing is made up: precision and
/// the absence of a zone are kept. Calendar and clock values are checked.
/// </summary>
public readonly record struct Hl7Timestamp(DateTime Local, Hl7Precision Precision, TimeSpan? Offset)
{
    /// <summary>Most bytes <see cref="FormatFhirDateTime"/> writes.</summary>
    public const int LongestText = 32;

    /// <summary>The same from UTF-8.</summary>
    public static bool TryParse(ReadOnlySpan<byte> utf8, out Hl7Timestamp timestamp)
    {
        timestamp = default;
        Span<char> text = stackalloc char[LongestText];
        return utf8.Length <= LongestText && Ascii.ToUtf16(utf8, text, out var length) == OperationStatus.Done && TryParse(text[..length], out timestamp);
    }

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
            part[i] = Digits(i == 0 ? text[..4] : text.Slice(2 + 2 * i, 2));
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

    /// <summary>The same as UTF-8, with at least <see cref="LongestText"/> bytes of room; how many were written.</summary>
    public int FormatFhirDateTime(Span<byte> utf8, TimeSpan defaultOffset)
    {
        var at = Put(utf8, 0, Local.Year, 4);
        if (Precision >= Hl7Precision.Month) at = Put(utf8, at, Local.Month, 2, (byte)'-');
        if (Precision >= Hl7Precision.Day) at = Put(utf8, at, Local.Day, 2, (byte)'-');
        if (Precision <= Hl7Precision.Day) return at;
        at = Put(utf8, at, Local.Hour, 2, (byte)'T');
        at = Put(utf8, at, Local.Minute, 2, (byte)':');
        at = Put(utf8, at, Local.Second, 2, (byte)':');
        var fraction = Precision == Hl7Precision.Fraction ? (int)(Local.Ticks % TimeSpan.TicksPerSecond / 1000) : 0;
        if (fraction > 0)
        {
            at = Put(utf8, at, fraction, 4, (byte)'.');
            while (utf8[at - 1] == (byte)'0') at--;
        }

        var offset = ToInstant(defaultOffset).Offset;
        at = Put(utf8, at, Math.Abs(offset.Hours), 2, offset < TimeSpan.Zero ? (byte)'-' : (byte)'+');
        return Put(utf8, at, Math.Abs(offset.Minutes), 2, (byte)':');
    }

    private static int Put(Span<byte> utf8, int at, int number, int digits, byte before = 0)
    {
        if (before != 0) utf8[at++] = before;
        for (var i = digits - 1; i >= 0; i--, number /= 10) utf8[at + i] = (byte)('0' + number % 10);
        return at + digits;
    }

    private static int Digits(ReadOnlySpan<char> text)
    {
        var number = 0;
        foreach (var c in text) number = number * 10 + (c - '0');
        return number;
    }

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
