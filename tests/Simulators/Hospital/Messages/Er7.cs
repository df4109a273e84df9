using System.Text;

namespace Health.Simulators.Hospital.Messages;

/// <summary>Writes ER7: segments of fields by number. Text given to <see cref="Text"/> and <see cref="Parts"/> is escaped.</summary>
internal sealed class Er7
{
    private readonly StringBuilder output = new();

    /// <summary>A component's text with the delimiters escaped (\F\ \S\ \R\ \T\ \E\).</summary>
    public static string Text(string? value) => (value ?? "")
        .Replace("\\", "\\E\\", StringComparison.Ordinal)
        .Replace("|", "\\F\\", StringComparison.Ordinal)
        .Replace("^", "\\S\\", StringComparison.Ordinal)
        .Replace("~", "\\R\\", StringComparison.Ordinal)
        .Replace("&", "\\T\\", StringComparison.Ordinal);

    /// <summary>Components of one repetition, trailing empty ones left out.</summary>
    public static string Parts(params string?[] components) => string.Join('^', components.Select(Text)).TrimEnd('^');

    public Er7 Segment(string name, params (int Number, string? Value)[] fields)
    {
        output.Append(name);
        var at = name == "MSH" ? 1 : 0;
        foreach (var (number, value) in fields)
        {
            if (string.IsNullOrEmpty(value)) continue;
            output.Append('|', number - at).Append(value);
            at = number;
        }

        output.Append('\r');
        return this;
    }

    public override string ToString() => output.ToString();
}
