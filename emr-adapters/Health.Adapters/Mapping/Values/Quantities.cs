using Health.Adapters.Mapping.Tables;
using Health.Hl7v2;

namespace Health.Adapters.Mapping.Values;

/// <summary>Numbers as laboratories print them: an optional comparator and a decimal, digit for digit.</summary>
internal static class Quantities
{
    /// <param name="Number">A JSON number with the digits of the source (6.10 stays 6.10).</param>
    public readonly record struct Amount(string? Comparator, string Number);

    /// <summary>Reads <c>6.10</c>, <c>&lt;0.5</c>, <c>≥ 100</c>; anything else is not a number.</summary>
    public static Amount? Parse(string? text)
    {
        if (text is null) return null;
        var rest = text.AsSpan().Trim();
        string? comparator = null;
        foreach (var (sign, code) in Comparators)
        {
            if (!rest.StartsWith(sign, StringComparison.Ordinal)) continue;
            comparator = code;
            rest = rest[sign.Length..].TrimStart();
            break;
        }

        return Literal(rest) is { } number ? new Amount(comparator, number) : null;
    }

    public static Amount? Parse(ComponentView value) => value.IsPresent ? Parse(value.Text()) : null;

    /// <summary>Quantity with the unit of a CWE; a code only beside its system (qty-3), UCUM's before others.</summary>
    public static void Quantity(this Patch patch, string? element, Amount amount, RepetitionView unit, MappingRun run)
    {
        patch.Object(element);
        patch.Number("value", amount.Number);
        patch.Text("comparator", amount.Comparator);
        patch.Unit(unit, run);
        patch.End();
    }

    private static void Unit(this Patch patch, RepetitionView unit, MappingRun run)
    {
        patch.Text("unit", unit.Component(2).Or(unit.Component(1)));
        var (code, system) = unit.Text(3) switch
        {
            "UCUM" => (unit.Text(1), CodeSystems.Ucum),
            _ when unit.Text(6) == "UCUM" => (unit.Text(4), CodeSystems.Ucum),
            { } name => (unit.Text(1), CodeSystems.Of(name, run, "unit")),
            null => (null, null),
        };
        if (code is null || !CodeableConcepts.IsCode(code)) return;
        patch.Text("system", system);
        patch.Text("code", code);
    }

    private static readonly (string Sign, string? Code)[] Comparators =
        [("<=", "<="), (">=", ">="), ("≤", "<="), ("≥", ">="), ("<", "<"), (">", ">"), ("＜", "<"), ("＞", ">"), ("=", null)];

    /// <summary>The JSON form: no plus, no leading zeros, a digit on both sides of the point.</summary>
    private static string? Literal(ReadOnlySpan<char> text)
    {
        var negative = text.StartsWith('-');
        if (negative || text.StartsWith('+')) text = text[1..];
        var dot = text.IndexOf('.');
        var whole = (dot < 0 ? text : text[..dot]).TrimStart('0');
        var fraction = dot < 0 ? default : text[(dot + 1)..];
        if (text.Length is 0 or > 30 || (text.Length == 1 && dot == 0) || !AreDigits(whole) || !AreDigits(fraction)) return null;
        Span<char> literal = stackalloc char[40];
        var length = 0;
        if (negative) literal[length++] = '-';
        if (whole.IsEmpty) literal[length++] = '0';
        whole.CopyTo(literal[length..]);
        length += whole.Length;
        if (!fraction.IsEmpty) literal[length++] = '.';
        fraction.CopyTo(literal[length..]);
        return new string(literal[..(length + fraction.Length)]);
    }

    private static bool AreDigits(ReadOnlySpan<char> text) => text.IndexOfAnyExceptInRange('0', '9') < 0;
}
