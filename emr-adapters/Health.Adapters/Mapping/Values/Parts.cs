using Health.Hl7v2;

namespace Health.Adapters.Mapping.Values;

/// <summary>Short reads: the text of a component, null unless a value is present, without outer blanks.</summary>
internal static class Parts
{
    public static string? Text(this RepetitionView repetition, int component) => Trim(repetition.Component(component).TextOrNull());

    /// <summary>A subcomponent.</summary>
    public static string? Text(this RepetitionView repetition, int component, int sub) => Trim(repetition.Component(component).Sub(sub).TextOrNull());

    /// <summary>A component of the field's first repetition.</summary>
    public static string? Text(this FieldView field, int component) => Trim(field.Repetition(1).Component(component).TextOrNull());

    public static bool IsNull(this FieldView field) => field.Presence == Hl7Presence.Null;

    /// <summary>Whether to write <paramref name="element"/> from the field: a null field removes it here, an absent one says nothing.</summary>
    public static bool Says(this Patch patch, string element, FieldView field)
    {
        if (field.IsNull()) patch.Null(element);
        return field.IsPresent;
    }

    /// <summary>The same for an element that two fields feed: it is removed when one is null and the other says nothing.</summary>
    public static bool Says(this Patch patch, string element, FieldView first, FieldView second)
    {
        var present = first.IsPresent || second.IsPresent;
        if (!present && (first.IsNull() || second.IsNull())) patch.Null(element);
        return present;
    }

    private static string? Trim(string? text) => text?.Trim() is { Length: > 0 } trimmed ? trimmed : null;
}
