using System.Collections.Frozen;
using System.Globalization;
using Health.Adapters.Mapping.Tables;
using Health.Adapters.Mapping.Values;
using Health.Hl7v2;

namespace Health.Adapters.Mapping.Maps;

/// <summary>Writes one value of a data type as an element, or as a member of an array when the name is null.</summary>
internal delegate void WriteValue(Patch patch, string? name, RepetitionView value, MappingRun run, MapRow row);

/// <summary>The data types of the table: HL7's own names, and a few for values that are more than one element.</summary>
internal static class DataTypes
{
    private static readonly FrozenDictionary<string, WriteValue> All = new Dictionary<string, WriteValue>
    {
        ["ST"] = (patch, name, value, _, row) => patch.Text(name, value.Component(row.Component)),
        ["TEXT"] = (patch, name, value, _, _) => patch.Text(name, value.ToText()),
        ["CODE"] = Code,
        ["CWE"] = (patch, name, value, run, row) => patch.Concept(name, value, run, row.Place, row.Table),
        ["XPN"] = (patch, name, value, run, _) => patch.Name(name, value, run),
        ["XPN-TEXT"] = (patch, name, value, _, _) => patch.Text(name, HumanNames.TextOf(value)),
        ["XAD"] = (patch, name, value, run, _) => patch.Address(name, value, run),
        ["XTN"] = (patch, _, value, _, row) => patch.Telecom(value, row.Argument.Length == 0 ? null : row.Argument),
        ["XCN"] = (patch, name, value, run, _) => patch.Practitioner(name, value, run),
        ["XON"] = (patch, name, value, run, _) => patch.Organization(name, value, run),
        ["PL"] = (patch, name, value, run, _) => patch.Location(name, value, run),
        ["EI"] = (patch, name, value, run, row) => patch.Identifier(name, value, run, row.Kind, row.IdentifierType),
        ["NUMBER"] = (patch, name, value, run, row) => patch.Numbered(name, value, run, row.Kind, row.IdentifierType),
        ["REFERENCE"] = Referred,
        ["DTM"] = (patch, name, value, run, _) => Time(patch, name, value, run, Hl7Precision.Year),
        ["INSTANT"] = (patch, name, value, run, _) => Time(patch, name, value, run, Hl7Precision.Minute),
        ["DATE"] = Date,
        ["NM"] = (patch, name, value, run, _) => Number(patch, name!, value, run),
        ["QUANTITY"] = Quantity,
        ["DAYS"] = Days,
        ["MO"] = Money,
        ["BOOLEAN"] = Boolean,
        ["NAMED-ADDRESS"] = (patch, name, value, _, _) => Wrapped(patch, name, () => patch.Text("text", value.ToText())),
        ["CODE-EXTENSION"] = CodeExtension,
        ["ETHNIC"] = Ethnic,
        ["rule"] = (_, _, _, _, row) => throw new InvalidOperationException($"{row.Argument} is a rule."),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public static bool Knows(string type) => All.ContainsKey(type);

    public static WriteValue Named(string type) => All[type];

    /// <summary>A code of a closed list; one the list does not know is reported.</summary>
    private static void Code(Patch patch, string? name, RepetitionView value, MappingRun run, MapRow row)
    {
        if (value.Text(1) is not { } code) return;
        if (row.Codes!.TryGetValue(code, out var known) || row.Codes.TryGetValue(code.ToUpperInvariant(), out known)) patch.Text(name, known);
        else run.Unmapped(value.Path);
    }

    /// <summary>A reference by the institution's own number; the argument is the type of what is meant.</summary>
    private static void Referred(Patch patch, string? name, RepetitionView value, MappingRun run, MapRow row)
    {
        if (!value.Component(1).HasText()) return;
        patch.Object(name);
        patch.Text("type", row.Argument);
        patch.Identifier("identifier", run.Names.OwnSystemOf(row.Argument), value.Component(1));
        patch.Text("display", value.Component(2));
        patch.End();
    }

    private static void Time(Patch patch, string? name, RepetitionView value, MappingRun run, Hl7Precision least)
    {
        if (value.Component(1).Time() is { } time && time.Precision >= least) patch.Time(name, time, run.Zone);
        else if (value.Component(1).HasText()) run.Unmapped(value.Path);
    }

    private static void Date(Patch patch, string? name, RepetitionView value, MappingRun run, MapRow row)
    {
        if (value.Component(1).Time() is { } time) patch.Text(name, time.ToFhirDate());
        else if (value.Component(1).HasText()) run.Unmapped(value.Path);
    }

    private static void Number(Patch patch, string name, RepetitionView value, MappingRun run)
    {
        if (Quantities.Parse(value.Component(1)) is { Comparator: null } amount) patch.Number(name, amount.Number);
        else if (value.Component(1).HasText()) run.Unmapped(value.Path);
    }

    /// <summary>A number whose unit is the field that the argument names, or its own second component.</summary>
    private static void Quantity(Patch patch, string? name, RepetitionView value, MappingRun run, MapRow row)
    {
        if (Quantities.Parse(value.Component(1)) is not { } amount)
        {
            if (value.Component(1).HasText()) run.Unmapped(value.Path);
            return;
        }

        if (row.Argument.Length > 0)
        {
            patch.Quantity(name, amount, value.Segment[row.Component].Repetition(1), run);
            return;
        }

        patch.Object(name);
        patch.Number("value", amount.Number);
        patch.Text("unit", value.Component(2).Sub(2).Or(value.Component(2).Sub(1)));
        patch.End();
    }

    private static void Days(Patch patch, string? name, RepetitionView value, MappingRun run, MapRow row)
    {
        if (Quantities.Parse(value.Component(1)) is not { Comparator: null } amount)
        {
            if (value.Component(1).HasText()) run.Unmapped(value.Path);
            return;
        }

        patch.Object(name);
        patch.Number("value", amount.Number);
        patch.Text("unit", "days");
        patch.Text("system", CodeSystems.Ucum);
        patch.Text("code", "d");
        patch.End();
    }

    /// <summary>CP or MO: amount and currency; yuan where none is said.</summary>
    private static void Money(Patch patch, string? name, RepetitionView value, MappingRun run, MapRow row)
    {
        if (Quantities.Parse(value.Component(1).Sub(1)) is not { Comparator: null } amount)
        {
            if (value.Component(1).HasText()) run.Unmapped(value.Path);
            return;
        }

        var currency = value.Text(1, 2) ?? value.Text(2);
        patch.Object(name);
        patch.Number("value", amount.Number);
        patch.Text("currency", currency is { Length: 3 } code && code.All(char.IsAsciiLetterUpper) ? code : "CNY");
        patch.End();
    }

    private static void Boolean(Patch patch, string? name, RepetitionView value, MappingRun run, MapRow row)
    {
        if (value.Text(1) is not { } flag) return;
        if (flag is "Y" or "N") patch.Flag(name!, flag == "Y");
        else run.Unmapped(value.Path);
    }

    /// <summary>An extension whose own extension <c>code</c> carries the concept.</summary>
    private static void CodeExtension(Patch patch, string? name, RepetitionView value, MappingRun run, MapRow row)
    {
        patch.Array("extension");
        patch.Object();
        patch.Concept(name, value, run, row.Place);
        if (patch.IsOpen) patch.Text("url", "code");
        patch.End();
        patch.End();
    }

    /// <summary>民族, a number of GB/T 3304; one of PID-22 and PID-10. A name alone is no code of the list.</summary>
    private static void Ethnic(Patch patch, string? name, RepetitionView value, MappingRun run, MapRow row)
    {
        if (row.Fields[0] == 10 && value.Segment[22].IsPresent) return;
        if (value.Text(1) is { Length: 2 } code && int.TryParse(code, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= 56)
            patch.Coding(name, "urn:oid:2.16.156.10011.2.3.3.3", code, null, value.Component(2));
        else run.Unmapped(value.Path);
    }

    private static void Wrapped(Patch patch, string? name, Action write)
    {
        patch.Object(name);
        write();
        patch.End();
    }
}
