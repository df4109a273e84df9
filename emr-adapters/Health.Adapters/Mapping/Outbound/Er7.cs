using Health.Hl7v2;

namespace Health.Adapters.Mapping.Outbound;

/// <summary>Text of ER7 with the standard separators; <c>""</c> where there is nothing.</summary>
internal static class Er7
{
    /// <summary>One value, escaped.</summary>
    public static string Text(string? value) => string.IsNullOrEmpty(value) ? "" : Hl7Escape.Encode(value, Hl7Separators.Standard);

    /// <summary>Components that are ER7 already; trailing empty ones are left out.</summary>
    public static string Components(params ReadOnlySpan<string> components) => Join('^', components);

    /// <summary>Components that are values.</summary>
    public static string Values(params ReadOnlySpan<string?> values)
    {
        var escaped = new string[values.Length];
        for (var i = 0; i < escaped.Length; i++) escaped[i] = Text(values[i]);
        return Join('^', escaped);
    }

    /// <summary>Subcomponents that are values.</summary>
    public static string Sub(params ReadOnlySpan<string?> values)
    {
        var escaped = new string[values.Length];
        for (var i = 0; i < escaped.Length; i++) escaped[i] = Text(values[i]);
        return Join('&', escaped);
    }

    private static string Join(char separator, ReadOnlySpan<string> parts)
    {
        var count = parts.Length;
        while (count > 0 && parts[count - 1].Length == 0) count--;
        return string.Join(separator, parts[..count]!);
    }
}
