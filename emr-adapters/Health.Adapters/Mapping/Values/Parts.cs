using System.Text;
using Health.Hl7v2;

namespace Health.Adapters.Mapping.Values;

/// <summary>
/// Short reads: the text of a component, null unless a value is present, without outer blanks. Most of what a mapping decides by are
/// codes of a few letters that come again in every message, so short ASCII texts are kept; whatever is longer is not.
/// </summary>
internal static class Parts
{
    private const int LongestKept = 8, Slots = 1024;
    private static readonly string?[] Kept = new string?[Slots];

    public static string? Text(this RepetitionView repetition, int component) => repetition.Component(component).Text();

    /// <summary>A subcomponent.</summary>
    public static string? Text(this RepetitionView repetition, int component, int sub) => repetition.Component(component).Sub(sub).Text();

    /// <summary>A component of the field's first repetition.</summary>
    public static string? Text(this FieldView field, int component) => field.Component(component).Text();

    public static string? Text(this ComponentView component)
    {
        if (!component.TryPlain(out var plain)) return component.TextOrNull()?.Trim() is { Length: > 0 } trimmed ? trimmed : null;
        if (plain.IsEmpty) return null;
        return plain.Length <= LongestKept && Ascii.IsValid(plain) ? Short(plain) : Encoding.UTF8.GetString(plain);
    }

    /// <summary>The bytes of a value as they can be used, without outer blanks; false when they must be unescaped first.</summary>
    public static bool TryPlain(this ComponentView component, out ReadOnlySpan<byte> plain)
    {
        plain = component.Bytes;
        if (plain.IsEmpty) return true;
        if (component.Presence != Hl7Presence.Present)
        {
            plain = default;
            return true;
        }

        if (component.HasEscapes) return false;
        if (plain[0] <= (byte)' ' || plain[^1] <= (byte)' ') plain = plain.Trim(" \t\r\n\v\f"u8);
        // Blanks beyond ASCII are trimmed as text: the ideographic and the no-break space.
        return plain is not ([0xE3, 0x80, 0x80, ..] or [.., 0xE3, 0x80, 0x80] or [0xC2, 0xA0, ..] or [.., 0xC2, 0xA0]);
    }

    /// <summary>Whether there is something to write.</summary>
    public static bool HasText(this ComponentView component) => component.TryPlain(out var plain) ? !plain.IsEmpty : component.Text() is not null;

    /// <summary>This value, or another where this says nothing.</summary>
    public static ComponentView Or(this ComponentView component, ComponentView other) => component.HasText() ? component : other;

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

    private static string Short(ReadOnlySpan<byte> ascii)
    {
        var hash = 17u;
        foreach (var b in ascii) hash = hash * 31 + b;
        ref var slot = ref Kept[hash % Slots];
        if (slot is { } known && Ascii.Equals(ascii, known)) return known;
        return slot = Encoding.ASCII.GetString(ascii);
    }
}
