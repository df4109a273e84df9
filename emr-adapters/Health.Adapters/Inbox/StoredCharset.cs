using Health.Adapters.Sources;
using Health.Hl7v2;

namespace Health.Adapters.Inbox;

/// <summary>How the bytes of a stored message are read again.</summary>
internal static class StoredCharset
{
    /// <summary>
    /// What an operator typed is UTF-8. Otherwise the profile's set, which may have been put right since; where it names none, the set the
    /// message was read in when it came, since the door that named it is not there any more.
    /// </summary>
    /// <param name="stored">Column <c>charset</c> of the inbox.</param>
    public static Hl7Charset? Of(string kind, SourceProfile? source, string stored) =>
        kind == "correction" ? Hl7Charset.Utf8 : Hl7Charset.FromName(source?.Charset) ?? Hl7Charset.FromName(stored);
}
