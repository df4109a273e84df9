using System.Globalization;

namespace Health.Fhir.FhirPath;

/// <summary>Numbers. http://hl7.org/fhirpath/N1/#math</summary>
internal static class MathOps
{
    public static Range Negate(Evaluator e, Range input) => e.Single(input, "-") is { } item ? e.One(item with { Number = -item.Number }) : Range.Empty;

    public static Range Calculate(Evaluator e, string sign, Range left, Range right)
    {
        if (e.Single(left, sign) is not { } a || e.Single(right, sign) is not { } b) return Range.Empty;
        if (sign == "+" && a.Kind == ItemKind.Text && b.Kind == ItemKind.Text) return e.One(Item.Of(a.Text + b.Text));
        if (a.Kind is ItemKind.Date && b.Kind == ItemKind.Quantity && sign is "+" or "-") return e.One(Item.Date(CalendarSum.Of(a.Text!, sign == "+" ? b.Number : -b.Number, b.Text!)));
        if (a.Kind is not (ItemKind.Integer or ItemKind.Decimal or ItemKind.Quantity) || b.Kind is not (ItemKind.Integer or ItemKind.Decimal or ItemKind.Quantity))
            throw new FhirPathException($"'{sign}' does not join these values.");
        if (sign is "/" or "div" or "mod" && b.Number == 0) return Range.Empty;
        try
        {
            var number = sign switch
            {
                "+" => a.Number + b.Number,
                "-" => a.Number - b.Number,
                "*" => a.Number * b.Number,
                "/" => a.Number / b.Number,
                "div" => decimal.Truncate(a.Number / b.Number),
                _ => a.Number % b.Number,
            };
            var kind = a.Kind == ItemKind.Quantity || b.Kind == ItemKind.Quantity ? ItemKind.Quantity
                : sign == "div" || (sign != "/" && a.Kind == ItemKind.Integer && b.Kind == ItemKind.Integer) ? ItemKind.Integer : ItemKind.Decimal;
            return e.One(new Item(kind, -1, -1, null, number, a.Text ?? b.Text));
        }
        catch (OverflowException)
        {
            return Range.Empty;
        }
    }

    public static Op Of(string name, Func<decimal, decimal> compute, bool toInteger) => (e, input) =>
        e.Single(input, name) is not { } item ? Range.Empty
        : item.Kind is ItemKind.Integer or ItemKind.Decimal or ItemKind.Quantity ? e.One(item with { Number = compute(item.Number), Kind = toInteger ? ItemKind.Integer : item.Kind })
        : throw new FhirPathException($"{name}() works on a number.");
}

/// <summary>A date and a duration.</summary>
internal static class CalendarSum
{
    public static string Of(string date, decimal amount, string unit)
    {
        var whole = (int)decimal.Truncate(Math.Clamp(amount, -1_000_000, 1_000_000));
        if (!DateTimeOffset.TryParse(date.Length == 4 ? date + "-01-01" : date, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var start)) return date;
        try
        {
            var sum = unit switch
            {
                "a" or "year" => start.AddYears(whole),
                "mo" or "month" => start.AddMonths(whole),
                "wk" => start.AddDays(7 * whole),
                "d" => start.AddDays(whole),
                "h" => start.AddHours(whole),
                "min" => start.AddMinutes(whole),
                "s" => start.AddSeconds(whole),
                _ => throw new FhirPathException($"'{unit}' is no unit of time for a date."),
            };
            return date.Length switch { 4 => sum.ToString("yyyy"), 7 => sum.ToString("yyyy-MM"), 10 => sum.ToString("yyyy-MM-dd"), _ => sum.ToString("yyyy-MM-ddTHH:mm:ss.fffzzz") };
        }
        catch (ArgumentOutOfRangeException)
        {
            throw new FhirPathException($"{date} and {amount} {unit} leave the calendar.");
        }
    }
}
