using Health.Fhir.Validation;

namespace Health.Fhir.FhirPath;

/// <summary>is, as, ofType. http://hl7.org/fhirpath/N1/#types</summary>
internal static class TypeOps
{
    public static Op Is(string type)
    {
        var test = Matcher(type);
        return (e, input) => input.IsEmpty ? Range.Empty : input.Count == 1 ? e.One(Item.Of(test(e[input.Start]))) : throw new FhirPathException("'is' works on one value.");
    }

    /// <summary>R4's own expressions use 'as' on collections: it keeps what is of the type.</summary>
    public static Op As(string type) => OfType(type);

    public static Op OfType(string type)
    {
        var test = Matcher(type);
        return (e, input) =>
        {
            var mark = e.Top;
            for (var at = input.Start; at < input.End; at++)
                if (test(e[at])) e.Push(e[at]);
            return e.Since(mark);
        };
    }

    private static Func<Item, bool> Matcher(string type)
    {
        var name = type.StartsWith("FHIR.", StringComparison.Ordinal) || type.StartsWith("System.", StringComparison.Ordinal) ? type[(type.IndexOf('.') + 1)..] : type;
        // System.Boolean is also what FHIR writes boolean.
        var primitive = name is "Boolean" or "String" or "Integer" or "Decimal" or "Date" or "DateTime" or "Time" ? char.ToLowerInvariant(name[0]) + name[1..] : name;
        return item => item.Kind == ItemKind.Node
            ? item.Type is { } own && (own.IsA(name) || own.IsA(primitive))
            : item.Kind switch
            {
                ItemKind.Boolean => primitive == "boolean",
                ItemKind.Integer => primitive == "integer",
                ItemKind.Decimal => primitive == "decimal",
                ItemKind.Text => primitive == "string",
                ItemKind.Date => primitive is "date" or "dateTime",
                ItemKind.Time => primitive == "time",
                _ => name == "Quantity",
            };
    }
}
