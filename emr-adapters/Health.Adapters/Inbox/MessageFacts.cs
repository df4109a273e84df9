namespace Health.Adapters.Inbox;

/// <summary>
/// A message was stored and acknowledged. Stored as <c>adapters.message-received.v1</c> in stream <c>message/&lt;id&gt;</c>, appended together with what first
/// became of it; names no person.
/// </summary>
/// <param name="BodyHash">SHA-256 of the UTF-8 body without MSH-7, lower-case hex.</param>
/// <param name="Kind"><c>original</c>, <c>correction</c> or <c>reuse</c>.</param>
public sealed record MessageReceived(
    string MessageId, string SourceId, string InstitutionCode, string MessageType, string BodyHash, string KeyId, string Kind, DateTimeOffset ReceivedAt);

/// <summary>The records a message stands for were written. Stored as <c>adapters.message-processed.v1</c>.</summary>
/// <param name="Resources"><c>Type/id/_history/version</c> of everything written.</param>
public sealed record MessageMapped(string MessageId, string MapperVersion, string? ResidentId, IReadOnlyList<string> Resources, DateTimeOffset At);

/// <summary>A message cannot become a record as it is. Stored as <c>adapters.message-quarantined.v1</c>.</summary>
/// <param name="ErrCode">HL7 table 0357.</param>
public sealed record MessageQuarantined(string MessageId, string ErrCode, string Path, DateTimeOffset At);

/// <summary>A correction of this message became a record. Stored as <c>adapters.message-corrected.v1</c> in the stream of the message that was corrected.</summary>
public sealed record MessageCorrected(string MessageId, string CorrectedBy, DateTimeOffset At);

/// <summary>The stream of one message.</summary>
internal static class MessageStream
{
    public static string Of(string messageId) => $"message/{messageId}";
}
