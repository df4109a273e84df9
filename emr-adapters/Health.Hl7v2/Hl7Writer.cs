using System.Text;

namespace Health.Hl7v2;

/// <summary>Writes ER7: segments in order, fields in ascending order, text escaped. Segments end with CR.</summary>
public sealed class Hl7Writer(Hl7Separators separators)
{
    private readonly StringBuilder text = new();
    private int field;
    private bool isHeader;

    public Hl7Writer() : this(Hl7Separators.Standard)
    {
    }

    /// <summary>Begins a segment. MSH, FHS and BHS get their first two fields themselves.</summary>
    public Hl7Writer Segment(string name)
    {
        if (text.Length > 0) text.Append('\r');
        text.Append(name);
        isHeader = name is "MSH" or "FHS" or "BHS";
        field = isHeader ? 2 : 0;
        if (isHeader) text.Append((char)separators.Field).Append(separators.EncodingCharacters);
        return this;
    }

    /// <summary>One field as one escaped value; nothing is written for null or empty. The same number again adds a repetition.</summary>
    /// <exception cref="ArgumentException">A field before the last one written, or MSH-1/2.</exception>
    public Hl7Writer Field(int number, string? value) => Raw(number, Hl7Escape.Encode(value ?? "", separators));

    /// <summary>One field from its components, each escaped; trailing empty ones are left out.</summary>
    public Hl7Writer Components(int number, params string?[] components)
    {
        var count = components.Length;
        while (count > 0 && string.IsNullOrEmpty(components[count - 1])) count--;
        return Raw(number, string.Join((char)separators.Component, components.Take(count).Select(one => Hl7Escape.Encode(one ?? "", separators))));
    }

    /// <summary>Asks for deletion: <c>""</c>.</summary>
    public Hl7Writer Null(int number) => Raw(number, "\"\"");

    /// <summary>One field as ER7 that is already escaped.</summary>
    public Hl7Writer Raw(int number, string er7)
    {
        if (er7.Length == 0) return this;
        if (number < field || number < 1 || (isHeader && number < 3)) throw new ArgumentException($"Field {number} cannot follow field {field}.", nameof(number));
        if (number == field) text.Append((char)separators.Repetition);
        else text.Append((char)separators.Field, number - field);
        field = number;
        text.Append(er7);
        return this;
    }

    /// <summary>The message in a character set; what the set lacks becomes '?'.</summary>
    public byte[] ToBytes(Hl7Charset charset) => charset.Encoding.GetBytes(ToString());

    /// <summary>The message, its last segment ended too.</summary>
    public override string ToString() => text.Length == 0 ? "" : text.ToString() + '\r';
}
