using System.Globalization;

namespace Health.Cards;

/// <summary>Packed decimal digits: two a byte.</summary>
public static class Bcd
{
    /// <summary>Left-justified, right-padded with F to <paramref name="bytes"/> bytes (type cn). Throws on anything but digits that fit.</summary>
    public static byte[] Pack(string digits, int bytes)
    {
        if (digits.Length > bytes * 2 || !digits.All(char.IsAsciiDigit)) throw new ArgumentException($"Not up to {bytes * 2} digits.", nameof(digits));
        return Convert.FromHexString(digits.PadRight(bytes * 2, 'F'));
    }

    /// <summary>The digits before the padding; null when a nibble is neither digit nor padding.</summary>
    public static string? Unpack(ReadOnlySpan<byte> bytes)
    {
        var digits = Convert.ToHexString(bytes).TrimEnd('F');
        return digits.All(char.IsAsciiDigit) ? digits : null;
    }

    /// <summary>yyyyMMdd in 4 bytes.</summary>
    public static byte[] Date(DateOnly date) => Pack(date.ToString("yyyyMMdd", CultureInfo.InvariantCulture), 4);

    /// <summary>Date (4 bytes) and HHmmss (3 bytes) in the desk's local time.</summary>
    public static byte[] DateTime(DateTime local) => Pack(local.ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture), 7);

    public static DateOnly? ToDate(ReadOnlySpan<byte> bytes) =>
        DateOnly.TryParseExact(Unpack(bytes), "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) ? date : null;
}
