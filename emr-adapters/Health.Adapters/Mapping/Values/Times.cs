using Health.Hl7v2;

namespace Health.Adapters.Mapping.Values;

/// <summary>
/// DTM, TS and DT to FHIR date, dateTime and instant. As precise as sent; a time without a zone is in the source's zone.
/// What is not a time on the calendar is reported as unmapped.
/// </summary>
internal static class Times
{
    public static Hl7Timestamp? Time(this MappingRun run, FieldView field)
    {
        if (field.Text(1) is not { } text) return null;
        if (Hl7Timestamp.TryParse(text, out var time)) return time;
        run.Unmapped(field.Path);
        return null;
    }

    public static string? DateTime(this MappingRun run, FieldView field) => run.Time(field)?.ToFhirDateTime(run.Zone);

    /// <summary>An instant needs at least the minute.</summary>
    public static string? Instant(this MappingRun run, FieldView field)
    {
        if (run.Time(field) is not { } time) return null;
        if (time.Precision >= Hl7Precision.Minute) return time.ToFhirDateTime(run.Zone);
        run.Unmapped(field.Path);
        return null;
    }

    /// <summary>A dateTime element with the field's three states.</summary>
    public static void DateTime(this Patch patch, string element, FieldView field, MappingRun run)
    {
        if (patch.Says(element, field)) patch.Text(element, run.DateTime(field));
    }

    public static void Period(this Patch patch, string element, FieldView start, FieldView end, MappingRun run)
    {
        patch.Object(element);
        patch.DateTime("start", start, run);
        patch.DateTime("end", end, run);
        patch.End();
    }
}
