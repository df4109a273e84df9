using System.Text;

namespace Health.Hl7v2;

/// <summary>A changed copy of a message; the original stays as it is.</summary>
public static class Hl7Edit
{
    /// <summary>
    /// The message in UTF-8 with one place set to a text (escaped; null writes <c>""</c>). Missing fields, repetitions and components
    /// before it are made; a segment that is not there is added at the end.
    /// </summary>
    /// <exception cref="ArgumentException">The path names no field, or MSH-1 or MSH-2.</exception>
    public static byte[] With(this Hl7Message message, Hl7Path path, string? value) =>
        message.WithEr7(path, value is null ? "\"\"" : Hl7Escape.Encode(value, message.Separators));

    /// <summary>The same with text that is already escaped, separators and all; empty text empties the place.</summary>
    /// <exception cref="ArgumentException">The path names no field, or MSH-1 or MSH-2.</exception>
    public static byte[] WithEr7(this Hl7Message message, Hl7Path path, string written)
    {
        if (path.Field == 0 || (path.Segment == "MSH" && path.Field < 3)) throw new ArgumentException($"{path} names no field that can be set.", nameof(path));
        var separators = message.Separators;
        var segment = message.Segment(path.Segment, path.Occurrence);
        var fields = (segment.Exists ? segment.ToString() : path.Segment).Split((char)separators.Field);
        // MSH-1 is the separator itself, so in the split text MSH-n stands one place earlier.
        var index = path.Segment == "MSH" ? path.Field - 1 : path.Field;
        fields = Set(fields, index, old => SetPart(old, separators.Repetition, path.Repetition == 0 && path.Component > 0 ? 1 : path.Repetition,
            repetition => SetPart(repetition, separators.Component, path.Component,
                component => SetPart(component, separators.Subcomponent, path.Subcomponent, _ => written))));
        var edited = Encoding.UTF8.GetBytes(string.Join((char)separators.Field, fields));
        if (!segment.Exists) return [.. message.Body.TrimEnd("\r\n"u8), (byte)'\r', .. edited, (byte)'\r'];
        var span = message.Index.Segment(segment.Position);
        return [.. message.Body[..span.Start], .. edited, .. message.Body[span.End..]];
    }

    private static string SetPart(string text, byte separator, int number, Func<string, string> change) =>
        number == 0 ? change(text) : string.Join((char)separator, Set(text.Split((char)separator), number - 1, change));

    private static string[] Set(string[] parts, int index, Func<string, string> change)
    {
        if (index >= parts.Length)
        {
            var before = parts.Length;
            Array.Resize(ref parts, index + 1);
            Array.Fill(parts, "", before, index + 1 - before);
        }

        parts[index] = change(parts[index]);
        return parts;
    }
}
