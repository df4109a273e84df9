using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Health.Hl7v2;

/// <summary>
/// A place in a message: <c>PID-3[2].4.2</c> is the second subcomponent of the fourth component of the second repetition of the third
/// field of the first PID; <c>OBX[3]-5</c> is a field of the third OBX. Numbers start at 1; 0 stands for "the whole".
/// </summary>
public sealed partial record Hl7Path(string Segment, int Occurrence, int Field, int Repetition, int Component, int Subcomponent)
{
    private const int CacheLimit = 4096;
    private static readonly ConcurrentDictionary<string, Hl7Path> Parsed = new(StringComparer.Ordinal);

    /// <exception cref="FormatException">Not a path.</exception>
    public static Hl7Path Parse(string text) =>
        TryParse(text, out var path) ? path : throw new FormatException($"'{text}' is not an HL7 path such as PID-3[2].4.2.");

    public static bool TryParse(string text, out Hl7Path path)
    {
        if (Parsed.TryGetValue(text, out path!)) return true;
        if (text.Length > 64 || Grammar().Match(text) is not { Success: true } match) return false;
        path = new Hl7Path(match.Groups[1].Value, Number(match.Groups[2], 1), Number(match.Groups[3], 0), Number(match.Groups[4], 0), Number(match.Groups[5], 0), Number(match.Groups[6], 0));
        if (Parsed.Count < CacheLimit) Parsed.TryAdd(text, path);
        return true;
    }

    /// <summary>The place, present or not. A path that stops at the field means the whole field when no repetition is named.</summary>
    public ComponentView Read(Hl7Message message)
    {
        var segment = message.Segment(Segment, Occurrence);
        if (Field == 0) return message.Whole(segment);
        var field = segment[Field];
        if (Repetition == 0 && Component == 0) return field.Whole;
        var repetition = field.Repetition(Math.Max(1, Repetition));
        if (Component == 0) return repetition.Whole;
        var component = repetition.Component(Component);
        return Subcomponent == 0 ? component : component.Sub(Subcomponent);
    }

    /// <summary>ERL, the error location of ERR-2: segment^sequence^field^repetition^component^subcomponent.</summary>
    public string ToErrorLocation(char componentSeparator)
    {
        string[] parts = [Segment, Text(Occurrence), Text(Field), Text(Field == 0 ? 0 : Math.Max(1, Repetition)), Text(Component), Text(Subcomponent)];
        return string.Join(componentSeparator, parts).TrimEnd(componentSeparator);
    }

    public override string ToString()
    {
        var text = new StringBuilder(Segment);
        if (Occurrence > 1) text.Append('[').Append(Occurrence).Append(']');
        if (Field > 0) text.Append('-').Append(Field);
        if (Repetition > 0) text.Append('[').Append(Repetition).Append(']');
        if (Component > 0) text.Append('.').Append(Component);
        if (Subcomponent > 0) text.Append('.').Append(Subcomponent);
        return text.ToString();
    }

    private static string Text(int number) => number == 0 ? "" : number.ToString(CultureInfo.InvariantCulture);

    private static int Number(Group group, int missing) => group.Success ? int.Parse(group.ValueSpan, CultureInfo.InvariantCulture) : missing;

    [GeneratedRegex(@"^([A-Z][A-Z0-9]{2})(?:\[([1-9]\d{0,6})\])?(?:-([1-9]\d{0,3})(?:\[([1-9]\d{0,6})\])?(?:\.([1-9]\d{0,3})(?:\.([1-9]\d{0,3}))?)?)?$", RegexOptions.CultureInvariant)]
    private static partial Regex Grammar();
}
