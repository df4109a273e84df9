namespace Health.Hl7v2;

/// <summary>
/// The separators of one message, taken from MSH-1 and MSH-2 (HL7 v2.5.1 §2.5.4; the truncation character since 2.7).
/// All are ASCII, so they never occur inside a UTF-8 character.
/// </summary>
public readonly record struct Hl7Separators(byte Field, byte Component, byte Repetition, byte Escape, byte Subcomponent, byte Truncation)
{
    public static readonly Hl7Separators Standard = new((byte)'|', (byte)'^', (byte)'~', (byte)'\\', (byte)'&', 0);

    /// <summary>MSH-2 as it is written; the truncation character only when one is set.</summary>
    public string EncodingCharacters =>
        $"{(char)Component}{(char)Repetition}{(char)Escape}{(char)Subcomponent}{(Truncation == 0 ? "" : ((char)Truncation).ToString())}";

    /// <summary>Reads them from <c>MSH|^~\&amp;|</c>; missing ones keep their standard value. False when MSH-1 cannot be a separator.</summary>
    internal static bool TryRead(ReadOnlySpan<byte> header, List<Hl7Diagnostic> diagnostics, out Hl7Separators separators)
    {
        separators = Standard;
        if (header.StartsWith("MSH|^~\\&|"u8)) return true;
        if (header.Length < 4 || header[3] is < 0x21 or > 0x7E || char.IsAsciiLetterOrDigit((char)header[3])) return false;
        var field = header[3];
        var encoding = header[4..];
        var end = encoding.IndexOfAny(field, (byte)'\r', (byte)'\n');
        if (end >= 0) encoding = encoding[..end];
        // "^~\\&": the escape character doubled by a sender that escaped a string literal once too often.
        if (encoding.Length == 5 && encoding[2] == encoding[3])
        {
            encoding = new[] { encoding[0], encoding[1], encoding[2], encoding[4] };
            diagnostics.Add(Hl7Diagnostic.Warning("MSH-2", Hl7ErrorCode.DataType, "The escape character is doubled; read as one."));
        }

        separators = new Hl7Separators(
            field, At(encoding, 0, Standard.Component), At(encoding, 1, Standard.Repetition), At(encoding, 2, Standard.Escape),
            At(encoding, 3, Standard.Subcomponent), At(encoding, 4, 0));
        if (encoding.Length is < 4 or > 5)
            diagnostics.Add(Hl7Diagnostic.Warning("MSH-2", Hl7ErrorCode.DataType, $"MSH-2 has {encoding.Length} characters; 4 or 5 are defined, missing ones keep their standard value."));
        if (separators.AreAmbiguous())
            diagnostics.Add(Hl7Diagnostic.Error("MSH-2", Hl7ErrorCode.DataType, "Two separators are the same character."));
        if (separators.HasLetters())
            diagnostics.Add(Hl7Diagnostic.Error("MSH-2", Hl7ErrorCode.DataType, "A separator is a letter or a digit, so that escape sequences and values cannot be told from it."));
        return true;
    }

    private bool AreAmbiguous()
    {
        ReadOnlySpan<byte> all = [Field, Component, Repetition, Escape, Subcomponent];
        for (var i = 0; i < all.Length; i++)
            if (all[(i + 1)..].Contains(all[i])) return true;
        return Truncation != 0 && all.Contains(Truncation);
    }

    private bool HasLetters()
    {
        ReadOnlySpan<byte> all = [Component, Repetition, Escape, Subcomponent, Truncation];
        foreach (var b in all)
            if (char.IsAsciiLetterOrDigit((char)b)) return true;
        return false;
    }

    private static byte At(ReadOnlySpan<byte> encoding, int index, byte standard) =>
        index < encoding.Length && encoding[index] is > 0x20 and < 0x7F ? encoding[index] : standard;
}
