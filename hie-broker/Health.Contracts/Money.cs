namespace Health.Contracts;

/// <summary>An amount of money in fen (1/100 yuan). Integer by construction: an amount never passes through a floating or decimal type.</summary>
public readonly record struct Fen(long Value) : IComparable<Fen>
{
    public static readonly Fen Zero = new(0);

    public static Fen operator +(Fen a, Fen b) => new(checked(a.Value + b.Value));
    public static Fen operator -(Fen a, Fen b) => new(checked(a.Value - b.Value));
    public static Fen operator -(Fen a) => new(checked(-a.Value));
    public static bool operator <(Fen a, Fen b) => a.Value < b.Value;
    public static bool operator >(Fen a, Fen b) => a.Value > b.Value;
    public static bool operator <=(Fen a, Fen b) => a.Value <= b.Value;
    public static bool operator >=(Fen a, Fen b) => a.Value >= b.Value;

    public int CompareTo(Fen other) => Value.CompareTo(other.Value);

    /// <summary>Yuan with two digits and no currency sign, e.g. <c>-12.05</c>: the form of FHIR Money.value and of receipts.</summary>
    public override string ToString()
    {
        var magnitude = Math.Abs((decimal)Value);
        return $"{(Value < 0 ? "-" : "")}{(long)(magnitude / 100)}.{(long)(magnitude % 100):00}";
    }

    /// <summary>Reads yuan with at most two decimals (<c>12</c>, <c>12.5</c>, <c>12.50</c>); anything else is refused, never rounded.</summary>
    public static bool TryParseYuan(string? text, out Fen fen)
    {
        fen = default;
        if (string.IsNullOrEmpty(text)) return false;
        var digits = text[0] == '-' ? text.AsSpan(1) : text;
        var dot = digits.IndexOf('.');
        var whole = dot < 0 ? digits : digits[..dot];
        var part = dot < 0 ? default : digits[(dot + 1)..];
        if (whole.IsEmpty || part.Length > 2 || (dot >= 0 && part.IsEmpty)) return false;
        foreach (var c in whole) if (!char.IsAsciiDigit(c)) return false;
        foreach (var c in part) if (!char.IsAsciiDigit(c)) return false;
        if (whole.Length > 16) return false;
        var cents = part.Length switch { 0 => 0, 1 => (part[0] - '0') * 10, _ => (part[0] - '0') * 10 + (part[1] - '0') };
        var value = long.Parse(whole) * 100 + cents;
        fen = new Fen(text[0] == '-' ? -value : value);
        return true;
    }
}
