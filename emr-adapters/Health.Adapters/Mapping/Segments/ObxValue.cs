using Health.Adapters.Mapping.Tables;
using Health.Adapters.Mapping.Values;
using Health.Hl7v2;

namespace Health.Adapters.Mapping.Segments;

/// <summary>
/// OBX-5 by its type in OBX-2 to Observation.value[x]. value[x] is one element: writing one form removes the others, so that a correction
/// may change the type. Samples (NA) stay text: OBX does not say the time between them, without which SampledData cannot be written.
/// </summary>
internal static class ObxValue
{
    private const string Attachment = "http://hl7.org/fhir/5.0/StructureDefinition/extension-Observation.value";

    private static readonly string[] Forms =
        ["valueQuantity", "valueCodeableConcept", "valueString", "valueRange", "valueRatio", "valueTime", "valueDateTime", "valuePeriod"];

    public static void Write(Patch patch, SegmentView obx, MappingRun run)
    {
        var field = obx[5];
        if (field.IsNull()) RemoveOthers(patch, null);
        if (!field.IsPresent) return;
        switch (obx[2].Text(1)?.ToUpperInvariant())
        {
            case "NM":
                WriteNumber(patch, obx, run);
                break;
            case "SN":
                StructuredNumber.Write(patch, obx, run);
                break;
            case "CE" or "CWE" or "CNE" or "CF" or "IS" or "ID":
                WriteCoded(patch, field, run);
                break;
            case "DT" or "TS" or "DTM":
                WriteTime(patch, field, run);
                break;
            case "TM":
                WriteClock(patch, field);
                break;
            case "DR":
                WritePeriod(patch, field, run);
                break;
            case "VR":
                RemoveOthers(patch, "valueString");
                patch.Text("valueString", string.Join('-', new[] { field.Text(1), field.Text(2) }.Where(part => part is not null)));
                break;
            case "NR":
                WriteRange(patch, obx, run);
                break;
            case "ED" or "RP":
                WriteAttachment(patch, field, obx[2].Text(1)!);
                break;
            default:
                Text(patch, field);
                break;
        }
    }

    /// <summary>All repetitions as lines, delimiters inside as they stand: report text is full of unescaped ones.</summary>
    public static void Text(Patch patch, FieldView field)
    {
        RemoveOthers(patch, "valueString");
        if (field.Component(1).Bytes.Length == field.Bytes.Length) patch.Text("valueString", field.Component(1));
        else patch.Text("valueString", Notes.LinesOf(field));
    }

    public static void RemoveOthers(Patch patch, string? kept)
    {
        foreach (var form in Forms)
            if (form != kept) patch.Null(form);
    }

    private static void WriteNumber(Patch patch, SegmentView obx, MappingRun run)
    {
        if (Quantities.Parse(obx[5].Component(1)) is not { } amount || obx[5].Component(2).IsPresent || obx[5].Repetition(2).IsPresent)
        {
            Text(patch, obx[5]);
            return;
        }

        RemoveOthers(patch, "valueQuantity");
        patch.Quantity("valueQuantity", amount, obx[6].Repetition(1), run);
    }

    private static void WriteCoded(Patch patch, FieldView field, MappingRun run)
    {
        RemoveOthers(patch, "valueCodeableConcept");
        patch.Object("valueCodeableConcept");
        patch.Array("coding");
        foreach (var code in field.Repetitions)
        {
            if (run.LocalCode("OBX-5", code.Text(3), code.Text(1)) is { } national) patch.Coding(null, national.System, national.Code, national.Display);
            patch.Coding(null, CodeSystems.Of(code.Text(3), run, "OBX-5"), code.Text(1), null, code.Component(2), code.Component(7));
            if (code.Text(4) is { } other) patch.Coding(null, CodeSystems.Of(code.Text(6), run, "OBX-5", ".4"), other, null, code.Component(5), code.Component(8));
        }

        patch.End();
        patch.Text("text", string.Join("; ", field.Repetitions.Select(code => code.Text(9) ?? code.Text(2) ?? code.Text(5) ?? code.Text(1)).Where(text => text is not null)));
        patch.End();
    }

    private static void WriteTime(Patch patch, FieldView field, MappingRun run)
    {
        if (run.Time(field) is not { } time)
        {
            Text(patch, field);
            return;
        }

        RemoveOthers(patch, "valueDateTime");
        patch.Time("valueDateTime", time, run.Zone);
    }

    /// <summary>HHMM[SS]; FHIR time has no zone and always seconds.</summary>
    private static void WriteClock(Patch patch, FieldView field)
    {
        var text = field.Text(1) ?? "";
        var digits = text.Split('.', '+', '-')[0];
        if (digits.Length is not (4 or 6) || !TimeOnly.TryParseExact(digits.PadRight(6, '0'), "HHmmss", out var time))
        {
            Text(patch, field);
            return;
        }

        RemoveOthers(patch, "valueTime");
        patch.Text("valueTime", time.ToString("HH:mm:ss"));
    }

    private static void WritePeriod(Patch patch, FieldView field, MappingRun run)
    {
        var (start, end) = (field.Component(1), field.Component(2));
        if ((start.HasText() && start.Time() is null) || (end.HasText() && end.Time() is null))
        {
            Text(patch, field);
            return;
        }

        RemoveOthers(patch, "valuePeriod");
        patch.Object("valuePeriod");
        patch.Time("start", start.Time(), run);
        patch.Time("end", end.Time(), run);
        patch.End();
    }

    private static void WriteRange(Patch patch, SegmentView obx, MappingRun run)
    {
        var (low, high) = (Quantities.Parse(obx[5].Component(1)), Quantities.Parse(obx[5].Component(2)));
        if (low is null && high is null)
        {
            Text(patch, obx[5]);
            return;
        }

        RemoveOthers(patch, "valueRange");
        patch.Object("valueRange");
        if (low is { } least) patch.Quantity("low", least with { Comparator = null }, obx[6].Repetition(1), run);
        if (high is { } most) patch.Quantity("high", most with { Comparator = null }, obx[6].Repetition(1), run);
        patch.End();
    }

    /// <summary>ED and RP: R4 has no attachment value; the extension is the one R5 defines for going back.</summary>
    private static void WriteAttachment(Patch patch, FieldView field, string type)
    {
        RemoveOthers(patch, null);
        patch.Array("extension");
        patch.Object();
        patch.Object("valueAttachment");
        if (type == "ED") Attachments.Encapsulated(patch, field.Repetition(1));
        else Attachments.Pointer(patch, field.Repetition(1));
        patch.End();
        if (patch.IsOpen) patch.Text("url", Attachment);
        patch.End();
        patch.End();
    }
}
