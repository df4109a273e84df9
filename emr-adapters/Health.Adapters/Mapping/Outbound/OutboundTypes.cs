using System.Globalization;
using System.Text.Json;

namespace Health.Adapters.Mapping.Outbound;

/// <summary>
/// Values of FHIR as data types of HL7 v2 (v2.5.1 chapter 2A), ER7 that is already escaped; <c>""</c> where there is nothing to say.
/// </summary>
internal static class OutboundTypes
{
    public delegate string Write(JsonElement value, OutboundNames names);

    /// <exception cref="KeyNotFoundException">There is no such type.</exception>
    public static Write Named(string type) => type switch
    {
        "ST" => (value, _) => Er7.Text(Plain(value)),
        "FLAG" => (value, _) => value.ValueKind switch { JsonValueKind.True => "Y", JsonValueKind.False => "N", _ => "" },
        "DTM" => (value, names) => Time(value.GetString(), names.Zone),
        "XPN" => (value, _) => Name(value),
        "XAD" => (value, _) => Address(value),
        "XTN" => (value, _) => Telecom(value),
        "CWE" => Concept,
        "CODES" => (value, _) => Er7.Text(value.Text("coding.code")),
        "XCN" => (value, _) => Staff(value),
        _ => throw new KeyNotFoundException($"'{type}' is no data type."),
    };

    public static string? Plain(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
        _ => null,
    };

    /// <summary>
    /// date, dateTime and instant as precise as they are; a time with an offset is told in the receiver's zone, for those who do not read
    /// offsets.
    /// </summary>
    public static string Time(string? fhir, TimeSpan zone)
    {
        if (fhir is null) return "";
        var clock = fhir.IndexOf('T', StringComparison.Ordinal);
        if (clock < 0) return fhir.Replace("-", "", StringComparison.Ordinal);
        if (!DateTimeOffset.TryParse(fhir, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)) return "";
        var there = time.ToOffset(zone);
        var fraction = fhir.IndexOf('.', clock) is var dot and >= 0 ? Digits(fhir.AsSpan(dot + 1)) : 0;
        var text = there.ToString("yyyyMMddHHmmss" + (fraction > 0 ? "." + new string('f', fraction) : ""), CultureInfo.InvariantCulture);
        return text + Offset(zone);
    }

    public static string Offset(TimeSpan zone) => $"{(zone < TimeSpan.Zero ? '-' : '+')}{zone:hhmm}";

    /// <summary>XPN: the parts where the source separated them, else the whole name in XPN.1 as it came.</summary>
    public static string Name(JsonElement name)
    {
        var given = name.At("given").ConvertAll(one => one.GetString());
        var family = name.Text("family");
        if (family is null && given.Count == 0) family = name.Text("text");
        if (family is null && given.Count == 0) return "";
        return Er7.Values(
            family, given.FirstOrDefault(), given.Count > 1 ? string.Join(' ', given.Skip(1)) : null,
            string.Join(' ', name.At("suffix").Select(one => one.GetString())), name.Text("prefix"), null,
            name.Text("use") switch { "official" => "L", "usual" => "D", "maiden" => "M", "nickname" => "N", "anonymous" => "S", "old" => "BAD", "temp" => "TEMP", _ => null },
            Representation(name));
    }

    /// <summary>XAD: the lines, or the text where there are none.</summary>
    public static string Address(JsonElement address)
    {
        var lines = address.At("line").ConvertAll(one => one.GetString());
        var street = lines.Count > 0 ? lines[0] : address.Text("text");
        return Er7.Values(
            street, lines.Count > 1 ? string.Join(' ', lines.Skip(1)) : null, address.Text("city"), address.Text("state"),
            address.Text("postalCode"), address.Text("country"),
            address.Text("use") switch { "home" => "H", "work" => "B", "temp" => "C", "old" => "BA", "billing" => "BI", _ => address.Text("type") == "postal" ? "M" : null }, null,
            address.Text("district"));
    }

    public static string Telecom(JsonElement telecom)
    {
        if (telecom.Text("value") is not { } value) return "";
        var (system, use) = (telecom.Text("system"), telecom.Text("use"));
        var where = use switch { "home" => "PRN", "work" => "WPN", "mobile" => "PRS", _ => null };
        if (system == "email") return Er7.Values(null, "NET", "Internet", value);
        return Er7.Values(value, where, system switch { "phone" => use == "mobile" ? "CP" : "PH", "fax" => "FX", "pager" => "BP", _ => null });
    }

    /// <summary>CWE: the first two codings, their versions, and the text as it was chosen.</summary>
    public static string Concept(JsonElement concept, OutboundNames names)
    {
        // A Coding stands where a concept of one coding could.
        if (concept.Text("code") is not null) return Coding(concept, names);
        var codings = concept.At("coding").Where(coding => coding.Text("code") is not null).Take(2).ToList();
        var text = concept.Text("text");
        if (codings.Count == 0) return Er7.Values(null, text);
        var (first, second) = (codings[0], codings.Count > 1 ? codings[1] : default);
        var display = first.Text("display") ?? text;
        return Er7.Values(
            first.Text("code"), display, names.CodeSystem(first.Text("system")),
            second.Text("code"), second.Text("display"), names.CodeSystem(second.Text("system")),
            first.Text("version"), second.Text("version"), text == display ? null : text);
    }

    public static string Coding(JsonElement coding, OutboundNames names) =>
        Er7.Values(coding.Text("code"), coding.Text("display"), names.CodeSystem(coding.Text("system")), null, null, null, coding.Text("version"));

    /// <summary>XCN of a reference: number and name as they stand in it.</summary>
    public static string Staff(JsonElement reference) => Er7.Values(reference.Text("identifier.value"), reference.Text("display"));

    private static string? Representation(JsonElement name)
    {
        foreach (var extension in name.At("extension"))
            if (extension.Text("url") == "http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation")
                return extension.Text("valueCode") switch { "ABC" => "A", "IDE" => "I", "SYL" => "P", _ => null };
        return null;
    }

    /// <summary>HL7 knows four digits of a second.</summary>
    private static int Digits(ReadOnlySpan<char> text) => Math.Min(4, text.IndexOfAnyExceptInRange('0', '9') is var end and >= 0 ? end : text.Length);
}
