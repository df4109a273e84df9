namespace Health.Hl7v2;

/// <summary>Message error condition codes (HL7 table 0357).</summary>
public static class Hl7ErrorCode
{
    public const string SegmentSequence = "100";
    public const string RequiredFieldMissing = "101";
    public const string DataType = "102";
    public const string TableValueNotFound = "103";
    public const string ValueTooLong = "104";
    public const string UnsupportedMessageType = "200";
    public const string UnsupportedEvent = "201";
    public const string UnsupportedProcessingId = "202";
    public const string UnsupportedVersion = "203";
    public const string UnknownKeyIdentifier = "204";
    public const string DuplicateKeyIdentifier = "205";
    public const string RecordLocked = "206";
    public const string Internal = "207";

    /// <summary>The display of a code, as ERR-3.2 carries it.</summary>
    public static string Text(string code) => code switch
    {
        SegmentSequence => "Segment sequence error",
        RequiredFieldMissing => "Required field missing",
        DataType => "Data type error",
        TableValueNotFound => "Table value not found",
        ValueTooLong => "Value too long",
        UnsupportedMessageType => "Unsupported message type",
        UnsupportedEvent => "Unsupported event code",
        UnsupportedProcessingId => "Unsupported processing id",
        UnsupportedVersion => "Unsupported version id",
        UnknownKeyIdentifier => "Unknown key identifier",
        DuplicateKeyIdentifier => "Duplicate key identifier",
        RecordLocked => "Application record locked",
        _ => "Application internal error",
    };
}

/// <summary>
/// What is wrong with a message and where. <paramref name="Path"/> is an <see cref="Hl7Path"/> text such as <c>PID-3[2].4</c>, or a
/// segment name; <paramref name="ErrCode"/> a code of table 0357. <paramref name="Text"/> names the problem, never the value.
/// </summary>
public sealed record Hl7Diagnostic(string Path, string ErrCode, string Text)
{
    /// <summary>False for a deviation that was read through without loss.</summary>
    public bool IsError { get; init; } = true;

    public static Hl7Diagnostic Error(string path, string code, string text) => new(path, code, text);

    public static Hl7Diagnostic Warning(string path, string code, string text) => new(path, code, text) { IsError = false };
}

/// <summary>The message, or none when the bytes are not HL7 v2 at all (no MSH), and what was noticed while reading.</summary>
public sealed record Hl7ReadResult(Hl7Message? Message, IReadOnlyList<Hl7Diagnostic> Diagnostics);
