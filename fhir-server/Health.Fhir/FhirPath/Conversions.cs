using System.Globalization;
using Health.Fhir.Search;

namespace Health.Fhir.FhirPath;

/// <summary>to… and convertsTo…. http://hl7.org/fhirpath/N1/#conversion</summary>
internal static class Conversions
{
    private const string To = "to", ConvertsTo = "convertsTo";

    public static Op? None(string name)
    {
        var isTest = name.StartsWith(ConvertsTo, StringComparison.Ordinal);
        if (!isTest && !name.StartsWith(To, StringComparison.Ordinal)) return null;
        Func<Evaluator, Item, Item?>? convert = name[(isTest ? ConvertsTo.Length : To.Length)..] switch
        {
            "String" => (e, item) => item.Kind == ItemKind.Node ? null : Item.Of(item.AsText(e.Tree)),
            "Integer" => (_, item) => item.Kind == ItemKind.Integer ? item : item.Kind == ItemKind.Boolean ? Item.Of((long)item.Number) : item.Kind == ItemKind.Text && int.TryParse(item.Text, NumberStyles.AllowLeadingSign, null, out var number) ? Item.Of((long)number) : null,
            "Decimal" => (_, item) => item.Kind is ItemKind.Decimal or ItemKind.Integer or ItemKind.Boolean ? Item.Of(item.Number) : item.Kind == ItemKind.Text && decimal.TryParse(item.Text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) ? Item.Of(number) : null,
            "Boolean" => (_, item) => Boolean(item),
            "Date" => (_, item) => item.Text is { } text && DateRange.TryParse(text, TimeSpan.Zero, out DateRange _) ? Item.Date(text.Split('T')[0]) : null,
            "DateTime" => (_, item) => item.Text is { } text && DateRange.TryParse(text, TimeSpan.Zero, out DateRange _) ? Item.Date(text) : null,
            "Time" => (_, item) => item.Kind == ItemKind.Time ? item : item.Text is { } text && TimeOnly.TryParse(text, CultureInfo.InvariantCulture, out TimeOnly _) ? Item.Time(text) : null,
            "Quantity" => (_, item) => item.Kind == ItemKind.Quantity ? item : item.Kind is ItemKind.Integer or ItemKind.Decimal ? Item.Quantity(item.Number, "1") : null,
            _ => null,
        };
        if (convert is null) return null;
        return (e, input) =>
        {
            if (e.Single(input, name + "()") is not { } item) return Range.Empty;
            var result = convert(e, item);
            return isTest ? e.One(Item.Of(result is not null)) : result is { } made ? e.One(made) : Range.Empty;
        };
    }

    private static Item? Boolean(Item item) => item.Kind switch
    {
        ItemKind.Boolean => item,
        ItemKind.Integer or ItemKind.Decimal when item.Number is 0 or 1 => Item.Of(item.Number == 1),
        ItemKind.Text when item.Text!.ToLowerInvariant() is "true" or "t" or "yes" or "y" or "1" or "1.0" => Item.Of(true),
        ItemKind.Text when item.Text!.ToLowerInvariant() is "false" or "f" or "no" or "n" or "0" or "0.0" => Item.Of(false),
        _ => null,
    };
}
