using System.Text.Json;

namespace Health.Adapters.Mapping.Outbound;

/// <summary>value[x] of an Observation or a component as OBX-2, 5 and 6; a form OBX has no type for is left out.</summary>
internal readonly record struct ObservationValue(string Type, string Value, string Unit)
{
    private const string Attachment = "http://hl7.org/fhir/5.0/StructureDefinition/extension-Observation.value";

    public static ObservationValue? Of(JsonElement holder, OutboundNames names)
    {
        if (holder.At("valueQuantity") is [var quantity]) return OfQuantity(quantity);
        if (holder.Text("valueInteger") is { } whole) return new("NM", Er7.Text(whole), "");
        if (holder.Text("valueString") is { } text) return OfText(text);
        if (holder.At("valueCodeableConcept") is [var concept]) return new("CWE", OutboundTypes.Concept(concept, names), "");
        if (holder.Text("valueBoolean") is { } flag) return new("CWE", flag == "true" ? "Y^^HL70136" : "N^^HL70136", "");
        if (holder.Text("valueDateTime") is { } moment) return new("DTM", OutboundTypes.Time(moment, names.Zone), "");
        if (holder.Text("valueTime") is { } clock) return new("TM", clock.Replace(":", "", StringComparison.Ordinal), "");
        if (holder.At("valuePeriod") is [var period])
            return new("DR", Er7.Components(OutboundTypes.Time(period.Text("start"), names.Zone), OutboundTypes.Time(period.Text("end"), names.Zone)), "");
        if (holder.At("valueRange") is [var range])
            return new("SN", Er7.Values(null, range.Text("low.value"), "-", range.Text("high.value")), range.At("low,high") is [var bound, ..] ? UnitOf(bound) : "");
        if (holder.At("valueRatio") is [var ratio])
            return new("SN", Er7.Values(ratio.Text("numerator.comparator"), ratio.Text("numerator.value"), ":", ratio.Text("denominator.value")), "");
        foreach (var extension in holder.At("extension"))
            if (extension.Text("url") == Attachment && extension.At("valueAttachment") is [var attachment]) return OfAttachment(attachment);
        return null;
    }

    /// <summary>ED with the bytes as they are stored, else RP with the address; null when there is neither.</summary>
    public static ObservationValue? OfAttachment(JsonElement attachment)
    {
        var (type, subtype) = Kind(attachment.Text("contentType"));
        if (attachment.Text("data") is { } data) return new("ED", Er7.Values(null, type, subtype, "Base64", data), "");
        return attachment.Text("url") is { } url ? new("RP", Er7.Values(url, null, type, subtype), "") : null;
    }

    /// <summary>One line is ST; more are TX, a repetition for each.</summary>
    public static ObservationValue OfText(string text)
    {
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        return lines.Length == 1 ? new("ST", Er7.Text(text), "") : new("TX", string.Join('~', lines.Select(Er7.Text)), "");
    }

    /// <summary>Fields of the table that carry it.</summary>
    public void Into(Given given)
    {
        (given["type"], given["value"]) = (Type, Value);
        if (Unit.Length > 0) given["unit"] = Unit;
    }

    private static ObservationValue OfQuantity(JsonElement quantity)
    {
        var (number, unit) = (quantity.Text("value"), UnitOf(quantity));
        return quantity.Text("comparator") is { } comparator ? new("SN", Er7.Values(comparator, number), unit) : new("NM", Er7.Text(number), unit);
    }

    private static string UnitOf(JsonElement quantity)
    {
        var (code, unit) = (quantity.Text("code"), quantity.Text("unit"));
        if (code is null) return Er7.Text(unit);
        return Er7.Values(code, unit, quantity.Text("system") is { } system ? Tables.CodeSystems.NameOf(system) : null);
    }

    /// <summary>Table 0191 and 0291; what has no name there goes as application and its own subtype.</summary>
    private static (string Type, string? Subtype) Kind(string? contentType)
    {
        var type = contentType?.Split(';')[0].Trim();
        return type switch
        {
            null => ("AP", null),
            "application/pdf" => ("AP", "PDF"),
            "image/jpeg" => ("IM", "JPEG"),
            "image/png" => ("IM", "PNG"),
            "text/rtf" or "application/rtf" => ("TEXT", "RTF"),
            "text/html" => ("TEXT", "HTML"),
            "text/xml" or "application/xml" => ("TEXT", "XML"),
            "text/plain" => ("TEXT", null),
            _ => (type.StartsWith("image/", StringComparison.Ordinal) ? "IM" : "AP", type[(type.IndexOf('/', StringComparison.Ordinal) + 1)..]),
        };
    }
}
