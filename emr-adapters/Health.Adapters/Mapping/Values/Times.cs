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
        if (!field.IsPresent || !IsThere(field.Component(1), out var time)) return null;
        if (time is null) run.Unmapped(field.Path);
        return time;
    }

    /// <summary>The time of a component; null when there is none, or none that is on the calendar.</summary>
    public static Hl7Timestamp? Time(this ComponentView component) => IsThere(component, out var time) ? time : null;

    /// <summary>An instant needs at least the minute.</summary>
    public static Hl7Timestamp? Instant(this MappingRun run, FieldView field)
    {
        if (run.Time(field) is not { } time) return null;
        if (time.Precision >= Hl7Precision.Minute) return time;
        run.Unmapped(field.Path);
        return null;
    }

    public static void Time(this Patch patch, string? element, Hl7Timestamp? time, MappingRun run)
    {
        if (time is { } known) patch.Time(element, known, run.Zone);
    }

    /// <summary>A dateTime element with the field's three states.</summary>
    public static void DateTime(this Patch patch, string element, FieldView field, MappingRun run)
    {
        if (patch.Says(element, field)) patch.Time(element, run.Time(field), run);
    }

    public static void Period(this Patch patch, string element, FieldView start, FieldView end, MappingRun run)
    {
        patch.Object(element);
        patch.DateTime("start", start, run);
        patch.DateTime("end", end, run);
        patch.End();
    }

    /// <summary>The period of validity inside a name, address or number.</summary>
    public static void Period(this Patch patch, ComponentView start, ComponentView end, MappingRun run)
    {
        patch.Object("period");
        patch.Time("start", start.Time(), run);
        patch.Time("end", end.Time(), run);
        patch.End();
    }

    /// <param name="time">Null when what is there is no time.</param>
    private static bool IsThere(ComponentView component, out Hl7Timestamp? time)
    {
        time = null;
        if (!component.TryPlain(out var plain))
        {
            if (component.Text() is not { } text) return false;
            if (Hl7Timestamp.TryParse(text, out var decoded)) time = decoded;
            return true;
        }

        if (Hl7Timestamp.TryParse(plain, out var read)) time = read;
        return !plain.IsEmpty;
    }
}
